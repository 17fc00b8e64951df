#include <xaodbc/xa.h>

#include <array>
#include <string_view>

#include "conformance/answers.h"
#include "conformance/cell.h"
#include "conformance/scan.h"
#include "conformance/situation.h"
#include "conformance/sql.h"

namespace xaodbc::conformance {
namespace {

/// A branch that does the work, how it ends, and whether the work is there then.
struct Row {
  std::string_view name;
  std::string_view steps;
  bool visible;
};

// clang-format off
constexpr std::array<Row, 11> kRows = {{
    {"one-phase",                   "m.start m.work m.end m.one-phase",                             true},
    {"one-phase-by-another-thread", "m.start m.work m.end t.one-phase",                             true},
    {"two-phases",                  "m.start m.work m.end m.prepare m.commit",                      true},
    {"two-phases-by-others",        "m.start m.work m.end o.prepare t.commit",                      true},
    {"suspend-resume",              "m.start m.suspend m.resume m.work m.end t.prepare t.commit",   true},
    {"end-from-suspended",          "m.start m.work m.suspend m.end t.prepare t.commit",            true},
    {"join-idle",                   "m.start m.end o.join o.work o.end t.prepare t.commit",         true},
    {"join-active",                 "m.start o.join o.work o.end m.end t.prepare t.commit",         true},
    {"rollback-idle",               "m.start m.work m.end t.rollback",                              false},
    {"rollback-prepared",           "m.start m.work m.end m.prepare t.rollback",                    false},
    {"TMFAIL-rollback",             "m.start m.work m.fail t.rollback",                             false},
}};
// clang-format on

void need_sql(Trial& trial) {
  if (trial.session().library().connection == nullptr || trial.session().options().work.empty() ||
      trial.session().options().read.empty()) {
    trial.not_driven("needs --sql-connection, --work and --read");
  }
}

void expect_visible(Trial& trial, long number, bool wanted) {
  const bool found = is_visible(trial, number);
  trial.expect(found == wanted, "--read in another branch", wanted ? "the work" : "no trace",
               found ? "the work" : "no trace");
}

void drive(Trial& trial, const Row& row) {
  need_sql(trial);
  in_situation(trial, [&](Situation& situation) {
    situation.arrange(row.steps);
    expect_visible(trial, situation.number(), row.visible);
  });
}

/// A vote on a branch that wrote nothing: XA_RDONLY ends it, XA_OK promises what any other does.
void read_only(Trial& trial) {
  in_situation(trial, [&](Situation& situation) {
    situation.arrange("m.start m.end");
    const int vote = situation.act(kThird, Verb::kPrepare, TMNOFLAGS);
    if (!trial.judge("xa_prepare of a branch without work", vote, "OK RDONLY")) throw CellEnds();
    const bool found = is_listed(trial, kThird, situation.xid());
    trial.expect(found == (vote == XA_OK), "xa_recover, a whole scan",
                 vote == XA_OK ? "listed" : "not listed: XA_RDONLY has ended it",
                 found ? "listed" : "not listed");
    situation.finish();
  });
}

void empty_one_phase(Trial& trial) {
  in_situation(trial, [&](Situation& situation) {
    situation.arrange("m.start m.end");
    trial.judge("xa_commit(TMONEPHASE) of a branch without work",
                situation.act(kThird, Verb::kCommit, TMONEPHASE), "OK/RB");
    situation.finish();
  });
}

/// Work, and then a statement that fails and is ignored. A database that undoes only the statement
/// may go on, and then the work must be there after the commit.
void failed_statement(Trial& trial) {
  need_sql(trial);
  const auto& failing = trial.session().options().failing_work;
  if (failing.empty()) trial.not_driven("needs --failing-work");
  in_situation(trial, [&](Situation& situation) {
    situation.arrange("m.start m.work");
    if (run_sql(trial, kMe, failing, situation.number())) {
      trial.not_driven("the statement of --failing-work did not fail");
    }
    const int end = situation.act(kMe, Verb::kEnd, TMSUCCESS);
    trial.judge("xa_end(TMSUCCESS) after a failed statement", end, "OK RB");
    const int vote = situation.act(kThird, Verb::kPrepare, TMNOFLAGS);
    trial.judge("xa_prepare after a failed statement", vote,
                is_rolled_back(end) ? "PROTO RB" : "RB/OK");
    if (vote != XA_OK) return situation.clean_up();
    situation.arrange("t.commit");
    expect_visible(trial, situation.number(), true);
  });
}

/// The same where there is no work to lose: the vote must not be that of a prepared branch that the
/// server does not have.
void failed_statement_is_not_prepared(Trial& trial) {
  need_sql(trial);
  const auto& failing = trial.session().options().failing_work;
  if (failing.empty()) trial.not_driven("needs --failing-work");
  in_situation(trial, [&](Situation& situation) {
    situation.arrange("m.start m.work");
    if (run_sql(trial, kMe, failing, situation.number())) {
      trial.not_driven("the statement of --failing-work did not fail");
    }
    situation.arrange("m.fail");
    trial.judge("xa_prepare after a failed statement and TMFAIL",
                situation.act(kThird, Verb::kPrepare, TMNOFLAGS), "PROTO RB");
    situation.clean_up();
    expect_visible(trial, situation.number(), false);
  });
}

void add(Cells& cells, const std::string& name, const std::string& clause,
         std::function<void(Trial&)> body) {
  cells.push_back({name, clause, std::move(body)});
}

}  // namespace

void add_work_cells(Cells& cells) {
  for (const auto& row : kRows) {
    add(cells, "8.5/work/" + std::string(row.name), "8.5; 8.1; 8.2; 8.3",
        [row](Trial& trial) { drive(trial, row); });
  }
  add(cells, "8.5/read-only/two-phases", "8.5; 5.3, xa_prepare", read_only);
  add(cells, "8.5/read-only/one-phase", "8.5", empty_one_phase);
  add(cells, "10.1/failed-statement/prepare", "10.1, work; 4, rule 7", failed_statement);
  add(cells, "10.1/failed-statement/TMFAIL", "8.3; 10.1", failed_statement_is_not_prepared);
}

}  // namespace xaodbc::conformance
