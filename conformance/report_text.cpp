#include <map>
#include <sstream>

#include "conformance/report.h"

namespace xaodbc::conformance {
namespace {

void print_line(std::ostream& out, const std::string& label, const std::string& text) {
  if (!text.empty()) out << "    " << label << text << '\n';
}

void print_details(std::ostream& out, const Outcome& outcome) {
  out << outcome.name << ": " << name_of(outcome.verdict) << '\n';
  print_line(out, "clause:   ", outcome.clause);
  print_line(out, "called:   ", outcome.called);
  print_line(out, "expected: ", outcome.expected);
  print_line(out, "allowed:  ", outcome.allowed);
  print_line(out, "answered: ", outcome.answered);
  print_line(out, "why:      ", outcome.why);
}

void print_steps(std::ostream& out, const Outcome& outcome) {
  for (const auto& step : outcome.steps) out << "      " << step << '\n';
}

void print_verdicts(std::ostream& out, const Report& report, bool verbose) {
  for (const auto& outcome : report.outcomes) {
    if (outcome.verdict == Verdict::kWrong) {
      print_details(out, outcome);
      print_steps(out, outcome);
    } else if (verbose) {
      print_details(out, outcome);
    } else if (outcome.verdict == Verdict::kAllowed) {
      out << outcome.name << ": allowed: " << outcome.answered
          << " (the standard: " << outcome.expected << ")\n";
    }
  }
}

void print_not_driven(std::ostream& out, const Report& report) {
  std::map<std::string, std::vector<std::string>> reasons;
  for (const auto& outcome : report.outcomes) {
    if (outcome.verdict == Verdict::kNotDriven) reasons[outcome.why].push_back(outcome.name);
  }
  for (const auto& [why, names] : reasons) {
    out << names.size() << " not driven: " << why << "\n   ";
    constexpr std::size_t kShown = 4;
    for (std::size_t i = 0; i < names.size() && i < kShown; ++i) out << ' ' << names[i];
    out << (names.size() > kShown ? " ...\n" : "\n");
  }
}

void print_counts(std::ostream& out, const std::string& label, const Counts& counts) {
  out << label << counts.total() << " cells: " << counts.standard << " as the standard says, "
      << counts.allowed << " allowed, " << counts.wrong << " wrong, " << counts.not_driven
      << " not driven\n";
}

}  // namespace

std::string as_text(const Report& report, bool verbose) {
  std::ostringstream out;
  print_verdicts(out, report, verbose);
  if (!verbose) print_not_driven(out, report);
  out << '\n';
  for (const auto& [section, counts] : report.sections()) {
    print_counts(out, "section " + section + ": ", counts);
  }
  print_counts(out, report.switch_name + ": ", report.counts());
  return out.str();
}

}  // namespace xaodbc::conformance
