#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "recovery/console.h"
#include "recovery/duration.h"
#include "recovery/record_text.h"
#include "recovery/report.h"

namespace xaodbc::recovery {
namespace {

constexpr std::size_t kColumns = 6;
using Cells = std::array<std::string, kColumns>;

std::string age_text(const BranchFacts& facts, std::int64_t now_us) {
  const auto age = age_of(facts, now_us);
  return age ? format_duration(*age) : "?";
}

/// `pid 4711 on postgresql:7411.../bank`; another host's process is not known by its log.
std::string where_text(const BranchFacts& facts) {
  const Origin origin = origin_of(facts);
  const std::string process =
      origin.pid ? fmt::format("pid {}", *origin.pid) : std::string("elsewhere");
  return origin.server.empty() ? process : process + " on " + printable(origin.server);
}

/// Aligned columns; the last one, the XID, is as long as it is.
std::string table(const std::vector<Cells>& rows) {
  std::array<std::size_t, kColumns> widths{};
  for (const Cells& row : rows) {
    for (std::size_t i = 0; i + 1 < kColumns; ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const Cells& row : rows) {
    for (std::size_t i = 0; i + 1 < kColumns; ++i) {
      text += fmt::format("{:<{}}  ", row[i], widths[i]);
    }
    text += row.back() + "\n";
  }
  return text;
}

std::string legend(const Report& report) {
  std::set<State> states;
  std::size_t width = 0;
  for (const Line& line : report.lines) {
    states.insert(line.verdict.state);
    width = std::max(width, to_string(line.verdict.state).size());
  }
  std::string text;
  for (const State state : states) {
    text += fmt::format("{:<{}}  {}\n", to_string(state), width, advice(state));
  }
  return text;
}

std::string log_text(const BranchFacts& facts) {
  if (!facts.log_read) return "log      cannot be read\n";
  if (!facts.history) return "log      does not know it\n";
  std::string text = "log\n";
  for (const log::Record& record : facts.history->records) {
    text += fmt::format("  {}\n", describe(record));
  }
  return text;
}

std::string server_text(const BranchFacts& facts) {
  std::string text = "server   ";
  if (!facts.server_asked) return text + "cannot be asked\n";
  if (!facts.server.empty()) text += printable(facts.server) + ": ";
  if (!facts.listed) return text + "does not list it\n";
  text += "has it prepared";
  if (!facts.listed->prepared_at.empty()) text += " since " + printable(facts.listed->prepared_at);
  if (!facts.listed->owner.empty()) text += ", by user " + printable(facts.listed->owner);
  text += "\n";
  if (!facts.listed->gid.empty()) text += "name     " + printable(facts.listed->gid) + "\n";
  return text;
}

std::string choice_text(std::string_view name, const Choice& choice) {
  return fmt::format("  {:<8}  {}{}\n", name,
                     choice.allowed ? "" : "not possible: ", printable(choice.meaning));
}

}  // namespace

std::string to_text(const Report& report, std::int64_t now_us) {
  if (report.lines.empty()) {
    return report.errors.empty() ? "no branch is in doubt\n" : "";
  }
  std::vector<Cells> rows{{"RESOURCE", "ID", "STATE", "AGE", "PREPARED BY", "XID"}};
  for (const Line& line : report.lines) {
    rows.push_back({line.facts.resource, line.id, std::string(to_string(line.verdict.state)),
                    age_text(line.facts, now_us), where_text(line.facts),
                    line.facts.xid.to_string()});
  }
  return table(rows) + "\n" + legend(report) + "\nDetails of one: xaodbc show RESOURCE ID\n";
}

std::string to_text(const Line& line, std::int64_t now_us) {
  const BranchFacts& facts = line.facts;
  const Verdict& verdict = line.verdict;
  std::string text = fmt::format("branch   {} of {}\n", line.id, facts.resource);
  text += fmt::format("xid      {}\n", facts.xid.to_string());
  text += fmt::format("state    {}: {}\n", to_string(verdict.state), printable(verdict.summary));
  text += fmt::format("age      {}\n", age_text(facts, now_us));
  text += server_text(facts) + log_text(facts) + "what each decision would mean\n";
  text += choice_text("commit", verdict.commit) + choice_text("rollback", verdict.rollback) +
          choice_text("forget", verdict.forget);
  return text + fmt::format("  {:<8}  {}\n", "wait", verdict.waiting);
}

}  // namespace xaodbc::recovery
