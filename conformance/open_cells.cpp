#include <xaodbc/xa.h>

#include <array>
#include <string_view>

#include "conformance/cell.h"
#include "conformance/situation.h"

namespace xaodbc::conformance {
namespace {

struct Row {
  std::string_view name;
  Verb verb;
  std::string_view steps;
  std::string_view answers;
};

// clang-format off
constexpr std::array<Row, 23> kRows = {{
    {"xa_open/R1",               Verb::kOpen,     "",                                             "OK"},
    {"xa_open/T1",               Verb::kOpen,     "m.start m.work",                               "OK"},
    {"xa_open/T2",               Verb::kOpen,     "m.start m.work m.suspend",                     "OK"},
    {"xa_open/S2",               Verb::kOpen,     "m.start m.work m.end",                         "OK"},
    {"xa_open/S3",               Verb::kOpen,     "m.start m.work m.end m.prepare",               "OK"},
    {"xa_open/after-xa_close",   Verb::kOpen,     "m.close",                                      "OK"},
    {"xa_close/R1",              Verb::kClose,    "",                                             "OK"},
    {"xa_close/R0",              Verb::kClose,    "m.close",                                      "OK"},
    {"xa_close/T1",              Verb::kClose,    "m.start m.work",                               "PROTO"},
    {"xa_close/T1-joined",       Verb::kClose,    "o.start o.work m.join m.work",                 "PROTO"},
    {"xa_close/S1-other",        Verb::kClose,    "o.start o.work",                               "OK"},
    {"xa_close/S2",              Verb::kClose,    "m.start m.work m.end",                         "OK"},
    {"xa_close/S3",              Verb::kClose,    "m.start m.work m.end m.prepare",               "OK"},
    {"xa_close/S4",              Verb::kClose,    "m.start m.work m.fail",                        "OK"},
    {"xa_close/S5",              Verb::kClose,    "m.start m.work m.end m.prepare m.heuristic m.told",   "OK"},
    {"xa_start/R0-closed",       Verb::kStart,    "m.close",                                      "PROTO"},
    {"xa_end/R0-closed",         Verb::kEnd,      "m.close",                                      "PROTO"},
    {"xa_prepare/R0-closed",     Verb::kPrepare,  "t.start t.work t.end m.close",                 "PROTO"},
    {"xa_commit/R0-closed",      Verb::kCommit,   "t.start t.work t.end t.prepare m.close",       "PROTO"},
    {"xa_rollback/R0-closed",    Verb::kRollback, "t.start t.work t.end m.close",                 "PROTO"},
    {"xa_forget/R0-closed",      Verb::kForget,   "m.close",                                      "PROTO"},
    {"xa_complete/R1",           Verb::kComplete, "",                                             "INVAL/PROTO"},
    {"xa_complete/R0",           Verb::kComplete, "m.close",                                      "PROTO INVAL"},
}};
// clang-format on

void drive(Trial& trial, const Row& row) {
  in_situation(trial, [&](Situation& situation) {
    situation.arrange(row.steps);
    const int code = situation.act(kMe, row.verb, row.verb == Verb::kEnd ? TMSUCCESS : TMNOFLAGS);
    if (!trial.judge(std::string(name_of(row.verb)), code, row.answers)) throw CellEnds();
    situation.finish();
  });
}

/// Table 6.2 leaves open what becomes of the suspended association: the branch must be finished by
/// whoever opens again, and nothing may hang.
void close_while_suspended(Trial& trial) {
  in_situation(trial, [&](Situation& situation) {
    situation.arrange("m.start m.work m.suspend");
    trial.judge("xa_close", situation.act(kMe, Verb::kClose, TMNOFLAGS), "OK");
    situation.arrange("m.open");
    trial.judge("xa_end, afterwards", situation.act(kMe, Verb::kEnd, TMSUCCESS),
                "OK RB NOTA PROTO");
    trial.judge("xa_rollback, afterwards", situation.act(kThird, Verb::kRollback, TMNOFLAGS),
                "OK RB NOTA");
  });
}

void open_with(Trial& trial, const std::string& info, std::string_view answers) {
  const int code = trial.call(kStranger, Call{.verb = Verb::kOpen, .info = info});
  trial.judge("xa_open", code, answers);
  trial.judge("xa_recover, afterwards", trial.recover(kStranger, 0, TMSTARTRSCAN).code,
              code == XA_OK ? "n" : "PROTO");
}

void open_again_with(Trial& trial, const std::string& info) {
  trial.thread(kMe);
  trial.judge("xa_open", trial.call(kMe, Call{.verb = Verb::kOpen, .info = info}), "OK");
  in_situation(trial, [](Situation& situation) {
    situation.arrange("m.start m.work");
    situation.finish();
  });
}

void recover_without_open(Trial& trial, Who who, bool close_first) {
  if (close_first) trial.require("xa_close", trial.call(who, Call{.verb = Verb::kClose}), "OK");
  trial.judge("xa_recover", trial.recover(who, 1, TMSTARTRSCAN).code, "PROTO");
}

void add(Cells& cells, const std::string& name, const std::string& clause,
         std::function<void(Trial&)> body) {
  cells.push_back({"7.4/" + name, clause, std::move(body)});
}

void add_unreachable(Cells& cells, const std::string& name, const std::string& why) {
  add(cells, name, "7.4", [why](Trial& trial) { trial.not_driven(why); });
}

}  // namespace

void add_open_cells(Cells& cells) {
  for (const auto& row : kRows) {
    add(cells, std::string(row.name), "7.4; 6.1", [row](Trial& trial) { drive(trial, row); });
  }
  add(cells, "xa_close/T2", "7.4; 6.2", close_while_suspended);
  add(cells, "xa_open/R0/empty-string", "7.4; 5.3, xa_open",
      [](Trial& trial) { open_with(trial, "", "INVAL/RMERR OK"); });
  add(cells, "xa_open/R0/too-long-string", "7.4; 2.1, MAXINFOSIZE",
      [](Trial& trial) { open_with(trial, std::string(2 * MAXINFOSIZE, 'x'), "INVAL/RMERR"); });
  add(cells, "xa_open/R0/nonsense", "7.4; 5.3, xa_open",
      [](Trial& trial) { open_with(trial, "no such resource;=;%s%n", "INVAL/RMERR"); });
  add(cells, "xa_open/R1/empty-string", "7.4; 4, rule 4",
      [](Trial& trial) { open_again_with(trial, ""); });
  add(cells, "xa_open/R1/other-string", "7.4; 4, rule 4",
      [](Trial& trial) { open_again_with(trial, "another string"); });
  add(cells, "xa_recover/R0", "7.4; 6.1",
      [](Trial& trial) { recover_without_open(trial, kStranger, false); });
  add(cells, "xa_recover/R0-closed", "7.4; 6.1",
      [](Trial& trial) { recover_without_open(trial, kMe, true); });
  add_unreachable(cells, "xa_open/R0/unreachable", "the resource would have to be stopped");
  add_unreachable(cells, "any/after-RMFAIL", "the resource would have to fail");
}

}  // namespace xaodbc::conformance
