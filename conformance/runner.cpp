#include "conformance/runner.h"

#include <fnmatch.h>

#include <algorithm>
#include <memory>

#include "conformance/answers.h"

namespace xaodbc::conformance {
namespace {

bool matches(const std::string& name, const std::vector<std::string>& globs) {
  return globs.empty() || std::ranges::any_of(globs, [&](const std::string& glob) {
           return fnmatch(glob.c_str(), name.c_str(), 0) == 0;
         });
}

void drive_one(const Cell& cell, Trial& trial) {
  try {
    cell.body(trial);
  } catch (const CellEnds&) {  // the outcome says why
  }
  trial.close();
}

/// False: a call did not come back.
bool drive_with_patience(const Cell& cell, Session& session, Outcome& outcome) {
  auto trial = std::make_unique<Trial>(session, outcome);
  try {
    drive_one(cell, *trial);
    return true;
  } catch (const NoAnswer&) {
    static_cast<void>(trial.release());  // a thread still uses what it owns
    outcome.verdict = Verdict::kWrong;
    outcome.why = "the last call did not come back in " +
                  std::to_string(session.options().patience) + " seconds";
    return false;
  }
}

bool has_null_entry(const Run& run) {
  return std::ranges::any_of(run.outcomes, [](const Outcome& outcome) {
    return outcome.name.starts_with("3/xa_") && outcome.verdict == Verdict::kWrong;
  });
}

void skip(Outcome& outcome, const std::string& why) {
  outcome.verdict = Verdict::kNotDriven;
  outcome.why = why;
}

}  // namespace

Cells chosen_cells(const Options& options) {
  Cells cells = all_cells();
  std::erase_if(cells, [&](const Cell& cell) { return !matches(cell.name, options.only); });
  return cells;
}

Status open_all(Session& session) {
  for (int rmid = 0; rmid < session.rmids(); ++rmid) {
    const auto& info = session.options().open_info[static_cast<std::size_t>(rmid)];
    const int code = session.call({.verb = Verb::kOpen, .rmid = rmid, .info = info});
    if (code == 0) continue;
    return {StatusCode::kUnavailable,
            "xa_open(\"" + info + "\") of rmid " + std::to_string(rmid) + ": " + code_name(code)};
  }
  return Status::ok();
}

void close_all(Session& session) {
  for (int rmid = 0; rmid < session.rmids(); ++rmid) {
    session.call({.verb = Verb::kClose, .rmid = rmid, .info = session.options().close_info});
  }
}

Run drive(const Cells& cells, Session& session,
          const std::function<void(std::size_t number, const Cell& cell)>& before) {
  Run run;
  for (const auto& cell : cells) {
    before(run.outcomes.size(), cell);
    session.enter(cell.name);
    Outcome outcome{.name = cell.name, .clause = cell.clause};
    if (run.is_stuck && !cell.name.starts_with("5.2/")) {
      skip(outcome, "a call of an earlier cell did not come back");
    } else if (has_null_entry(run) && !cell.name.starts_with("3/")) {
      skip(outcome, "an entry of the switch is null");
    } else {
      run.is_stuck = !drive_with_patience(cell, session, outcome);
    }
    run.outcomes.push_back(std::move(outcome));
  }
  return run;
}

}  // namespace xaodbc::conformance
