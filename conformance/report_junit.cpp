#include <array>
#include <cstdio>
#include <sstream>

#include "conformance/report.h"

namespace xaodbc::conformance {
namespace {

/// For an attribute or an element: five characters have names, and what XML 1.0 has no place for
/// (control characters, bytes that may not be UTF-8) is shown as hex.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        continue;
      case '<':
        out += "&lt;";
        continue;
      case '>':
        out += "&gt;";
        continue;
      case '"':
        out += "&quot;";
        continue;
      case '\'':
        out += "&apos;";
        continue;
      default:
        break;
    }
    if (c >= ' ' && c <= '~') {
      out += c;
    } else {
      std::array<char, 8> hex{};
      std::snprintf(hex.data(), hex.size(), "\\x%02x", static_cast<unsigned char>(c));
      out += hex.data();
    }
  }
  return out;
}

std::string attribute(const std::string& name, const std::string& value) {
  return " " + name + "=\"" + escaped(value) + "\"";
}

void print_wrong(std::ostream& out, const Outcome& outcome) {
  out << "      <failure" << attribute("message", outcome.called + " = " + outcome.answered) << ">"
      << escaped("clause " + outcome.clause + "; expected: " + outcome.expected) << '\n'
      << escaped("allowed: " + outcome.allowed) << '\n'
      << escaped(outcome.why) << '\n';
  for (const auto& step : outcome.steps) out << escaped(step) << '\n';
  out << "</failure>\n";
}

void print_case(std::ostream& out, const Outcome& outcome) {
  out << "    <testcase" << attribute("classname", "xa." + section_of(outcome.name))
      << attribute("name", outcome.name);
  if (outcome.verdict == Verdict::kStandard || outcome.verdict == Verdict::kAllowed) {
    out << "/>\n";
    return;
  }
  out << ">\n";
  if (outcome.verdict == Verdict::kWrong) print_wrong(out, outcome);
  if (outcome.verdict == Verdict::kNotDriven) {
    out << "      <skipped" << attribute("message", outcome.why) << "/>\n";
  }
  out << "    </testcase>\n";
}

std::string count_attributes(const Counts& counts) {
  return attribute("tests", std::to_string(counts.total())) +
         attribute("failures", std::to_string(counts.wrong)) +
         attribute("skipped", std::to_string(counts.not_driven)) + attribute("errors", "0");
}

}  // namespace

std::string as_junit(const Report& report) {
  std::ostringstream out;
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites"
      << attribute("name", report.switch_name) << count_attributes(report.counts()) << ">\n";
  for (const auto& [section, counts] : report.sections()) {
    out << "  <testsuite" << attribute("name", "section " + section) << count_attributes(counts)
        << ">\n";
    for (const auto& outcome : report.outcomes) {
      if (section_of(outcome.name) == section) print_case(out, outcome);
    }
    out << "  </testsuite>\n";
  }
  out << "</testsuites>\n";
  return out.str();
}

}  // namespace xaodbc::conformance
