#include "recovery/branch_commands.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "recovery/console.h"
#include "recovery/find_branch.h"
#include "recovery/operate.h"

namespace xaodbc::recovery {
namespace {

using odbc::Decision;

int exit_status(Ending ending) { return static_cast<int>(ending); }

int report_failure(const Status& status) {
  print_error(printable(status.message()));
  return exit_status(status.is(StatusCode::kUnknownBranch) ? Ending::kNothingDone : Ending::kError);
}

int report_outcome(const Outcome& outcome) {
  if (outcome.ending == Ending::kDone) {
    print_out(outcome.message + "\n");
  } else {
    print_error(printable(outcome.message));
  }
  return exit_status(outcome.ending);
}

void print_errors(const Found& found) {
  for (const ScanError& error : found.errors) {
    print_error(fmt::format("{}: {}", error.resource, printable(error.message)));
  }
}

const Choice& choice_of(const Verdict& verdict, Decision decision) {
  return decision == Decision::kCommit ? verdict.commit : verdict.rollback;
}

/// Not allowed: because of how the branch stands, or only because one side cannot be asked now.
int refuse_choice(const Found& found, const Choice& choice) {
  print_errors(found);
  const int refused = refuse(printable(choice.meaning));
  const bool known = found.line.facts.server_asked && found.line.facts.log_read;
  return known ? refused : exit_status(Ending::kError);
}

/// What was seen before somebody thought it over is not what the branch must still be.
Status prepare_to_act(Found& found) {
  if (Status status = reopen_log(found.sources, LogUse::kWrite, posix_files()); !status.is_ok()) {
    return status;
  }
  return look_again(found);
}

Settle settle_on(Sources& sources) {
  return [&sources](const odbc::Claim& claim, Decision decision) -> Result<odbc::Settlement> {
    odbc::Claim named = claim;
    named.branch = sources.database->name_branch(claim.branch.xid);
    return sources.database->settle(named, decision,
                                    Deadline::after(sources.settings.verb_timeout));
  };
}

}  // namespace

int run_show(const BranchOptions& options, bool json) {
  const auto found = find_branch(options, posix_files());
  if (!found) return report_failure(found.error());
  const std::int64_t now_us = wall_time_us();
  print_out(json ? to_json(found->line, now_us) : to_text(found->line, now_us));
  print_errors(*found);
  return found->errors.empty() ? 0 : 2;
}

int run_decide(const DecideOptions& options) {
  const std::string_view verb = options.decision == Decision::kCommit ? "commit" : "roll back";
  if (!options.yes && !is_interactive()) return *lacks_consent(false, "");
  auto found = find_branch(options.branch, posix_files());
  if (!found) return report_failure(found.error());
  print_out(to_text(found->line, wall_time_us()) + "\n");
  const Choice* choice = &choice_of(found->line.verdict, options.decision);
  if (!choice->allowed) return refuse_choice(*found, *choice);
  const auto question = fmt::format("{} this branch of {}, whatever the transaction manager says?",
                                    verb, options.branch.resource);
  if (const auto status = lacks_consent(options.yes, question)) return *status;
  if (Status status = prepare_to_act(*found); !status.is_ok()) return report_failure(status);
  choice = &choice_of(found->line.verdict, options.decision);
  if (!choice->allowed) return refuse_choice(*found, *choice);
  const Order order{options.decision, operator_name(), options.reason};
  return report_outcome(
      carry_out(order, found->line.facts, *found->sources.log, settle_on(found->sources)));
}

int run_forget(const BranchOptions& options, bool yes) {
  if (!yes && !is_interactive()) return *lacks_consent(false, "");
  auto found = find_branch(options, posix_files());
  if (!found) return report_failure(found.error());
  print_out(to_text(found->line, wall_time_us()) + "\n");
  const Choice* choice = &found->line.verdict.forget;
  if (!choice->allowed) return refuse_choice(*found, *choice);
  if (const auto status = lacks_consent(yes, "forget this decision?")) return *status;
  if (Status status = prepare_to_act(*found); !status.is_ok()) return report_failure(status);
  choice = &found->line.verdict.forget;
  if (!choice->allowed) return refuse_choice(*found, *choice);
  return report_outcome(forget(operator_name(), found->line.facts, *found->sources.log));
}

}  // namespace xaodbc::recovery
