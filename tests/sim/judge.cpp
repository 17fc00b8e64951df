#include "tests/sim/judge.h"

#include <map>
#include <string>

#include "base/file.h"
#include "log/branch_log.h"
#include "recovery/record_text.h"
#include "tests/sim/resource.h"
#include "tests/sim/shape.h"
#include "tests/support/sabotage.h"

namespace xaodbc::sim {
namespace {

using support::PrivateServer;
using support::ServerKind;
using RowCounts = std::map<std::uint32_t, unsigned>;

RowCounts rows_on(PrivateServer& server) {
  RowCounts counts;
  for (const auto& row : server.execute("SELECT id FROM ledger")) {
    ++counts[transaction_of_row(static_cast<std::uint32_t>(std::stoul(row.at(0).value())))];
  }
  return counts;
}

/// Why that many rows of the branch must not be there; empty when they may.
std::string objection(const BranchFacts& facts, Decision decision, unsigned found) {
  const unsigned written = facts.rows;
  if (!facts.begun) return found == 0 ? "" : "rows of a branch that was never begun";
  switch (facts.ending) {
    case Ending::kCommitted:
      if (decision == Decision::kRollback && !facts.one_phase_called) return "decided twice";
      return found == written ? "" : "answered as committed";
    case Ending::kRolledBack:
    case Ending::kReadOnly:
      return found == 0 ? "" : "answered as rolled back or read-only";
    case Ending::kNone:
      if (!facts.one_phase_called) return "never finished";
      return found == 0 || found == written ? "" : "half a branch";
  }
  return "no such ending";
}

/// For whoever looks for the reason.
std::string describe(std::uint64_t seed, std::uint32_t number, const BranchFacts& facts) {
  const Shape shape = shape_of(seed, number);
  std::string text;
  const auto add = [&text](bool holds, const char* what) {
    if (holds) text += std::string(", ") + what;
  };
  add(shape.at_end, "at_end");
  add(shape.offered, "offered");
  add(shape.moves, "taken over");
  add(shape.suspends, "suspended");
  add(shape.one_branch, "one branch");
  add(facts.prepared, "prepared");
  add(facts.abandoned, "abandoned");
  add(facts.one_phase_called, "one phase");
  add(facts.answered_unknown, "ended by XAER_NOTA");
  return text;
}

void judge_rows(const Run& run, std::uint32_t number, std::size_t branch, unsigned found) {
  const auto& transaction = run.board().at(number);
  if (transaction.stage == Stage::kUnused) return;
  const auto& facts = transaction.branches.at(branch);
  const std::string why = objection(facts, transaction.decision, found);
  if (why.empty()) return;
  run.board().violated("transaction " + std::to_string(number) + ", branch " +
                       std::to_string(branch) + ": " + why + ", " + std::to_string(facts.rows) +
                       " rows were written, " + std::to_string(found) + " are there" +
                       describe(run.board().seed(), number, facts));
}

std::size_t prepared_on(PrivateServer& server) {
  if (server.kind() == ServerKind::kSqlite) {
    auto session = server.connect();
    return support::prepared_in_file(session).size();
  }
  const bool mariadb = server.kind() == ServerKind::kMariadb;
  return server.execute(mariadb ? "XA RECOVER" : "SELECT gid FROM pg_prepared_xacts").size();
}

void judge_leftovers(Run& run) {
  for (const auto kind : {ServerKind::kPostgresql, partner()}) {
    const auto left = prepared_on(run.server(kind));
    if (left == 0) continue;
    run.board().violated(std::to_string(left) + " branches are still prepared on " +
                         support::name_of(kind));
  }
  const auto log = log::BranchLog::open(
      {.directory = run.log_directory(), .adopt_dead_segments = false}, posix_files());
  const auto live = log ? (*log)->live("") : Result<std::vector<log::BranchHistory>>();
  if (!log || !live) return run.board().violated("the branch log cannot be read");
  for (const auto& history : *live) {
    std::string records;
    for (const auto& record : history.records) records += "\n    " + recovery::describe(record);
    run.board().violated("the branch log still keeps " + history.xid.to_string() + records);
  }
}

void judge_file(Run& run) {
  const auto found = run.server(ServerKind::kSqlite).connect().scalar("PRAGMA integrity_check");
  if (found != "ok") run.board().violated("PRAGMA integrity_check: " + found);
}

}  // namespace

void judge(Run& run) {
  for (std::size_t branch = 0; branch < kBranches; ++branch) {
    auto counts = rows_on(run.server(kind_of(branch)));
    for (std::uint32_t number = 0; number < run.board().size(); ++number) {
      judge_rows(run, number, branch, counts[number]);
    }
  }
  judge_leftovers(run);
  if (partner() == ServerKind::kSqlite) judge_file(run);
}

}  // namespace xaodbc::sim
