#include <xaodbc/xa.h>

#include <array>
#include <memory>
#include <string_view>

#include "conformance/ax.h"
#include "conformance/cell.h"
#include "conformance/situation.h"

namespace xaodbc::conformance {
namespace {

void need_registration(Trial& trial) {
  const auto& library = trial.session().library();
  if (!library.has_flag(TMREGISTER)) trial.not_driven("the switch does not have TMREGISTER");
  if (library.connection == nullptr) trial.not_driven("needs --sql-connection");
}

XID null_xid() {
  XID xid{};
  xid.formatID = -1;
  return xid;
}

/// What the connection function answered, and what it asked meanwhile.
struct Asked {
  void* connection = nullptr;
  Registration registration{};
};

/// The connection function in a thread, with ax_reg answering so.
Asked ask(Trial& trial, Who who, int answer, const XID& xid) {
  auto asked = std::make_shared<Asked>();
  trial.run(who, "the connection, ax_reg answering " + std::to_string(answer),
            [asked, answer, xid, connection = trial.session().library().connection] {
              auto& registration = this_threads_registration();
              registration = {.armed = true, .answer = answer, .xid = xid};
              asked->connection = connection(0);
              asked->registration = registration;
              registration = {};
            });
  return *asked;
}

void expect_asked(Trial& trial, const Asked& asked, int times, bool connection) {
  const auto& registration = asked.registration;
  trial.expect(registration.registered == times, "calls of ax_reg", std::to_string(times),
               std::to_string(registration.registered));
  trial.expect((asked.connection != nullptr) == connection, "the connection",
               connection ? "one" : "NULL", asked.connection != nullptr ? "one" : "NULL");
  if (times == 0) return;
  trial.expect(registration.rmid == 0 && registration.flags == TMNOFLAGS, "ax_ arguments",
               "rmid 0, TMNOFLAGS",
               "rmid " + std::to_string(registration.rmid) + ", " + flags_text(registration.flags));
}

/// Registers x in a thread and tells the situation: D1.
void registered(Trial& trial, Situation& situation, Who who, int answer) {
  const Asked asked = ask(trial, who, answer, situation.xid());
  expect_asked(trial, asked, 1, true);
  if (trial.is_wrong()) throw CellEnds();
  situation.note_started(who, answer == TM_RESUME ? TMRESUME : TMNOFLAGS);
}

void in_registration(Trial& trial, const std::function<void(Situation&)>& body) {
  need_registration(trial);
  in_situation(trial, [&](Situation& situation) {
    body(situation);
    situation.finish();
  });
}

void new_branch(Trial& trial) {
  in_registration(trial, [&](Situation& situation) {
    registered(trial, situation, kMe, TM_OK);
    situation.arrange("m.work m.end t.prepare");
  });
}

void registers_once(Trial& trial) {
  in_registration(trial, [&](Situation& situation) {
    const Asked first = ask(trial, kMe, TM_OK, situation.xid());
    situation.note_started(kMe, TMNOFLAGS);
    const Asked second = ask(trial, kMe, TM_OK, trial.session().new_xid());
    expect_asked(trial, second, 0, true);
    trial.expect(first.connection == second.connection, "the connection when asked again",
                 "the same", first.connection == second.connection ? "the same" : "another");
  });
}

void join(Trial& trial) {
  in_registration(trial, [&](Situation& situation) {
    registered(trial, situation, kMe, TM_OK);
    registered(trial, situation, kOther, TM_JOIN);
    situation.arrange("o.work o.end m.end t.prepare");
  });
}

void resume(Trial& trial) {
  in_registration(trial, [&](Situation& situation) {
    registered(trial, situation, kMe, TM_OK);
    situation.arrange("m.work m.suspend");
    registered(trial, situation, kMe, TM_RESUME);
    situation.arrange("m.end");
  });
}

/// D3, and out of it by ax_unreg; when the switch stays there, xa_close is not for it.
void outside(Trial& trial) {
  need_registration(trial);
  const Asked asked = ask(trial, kMe, TM_OK, null_xid());
  expect_asked(trial, asked, 1, true);
  const bool left = asked.registration.unregistered == 1;
  trial.judge("xa_close after work outside of any transaction",
              trial.call(kMe, Call{.verb = Verb::kClose}), left ? "OK" : "PROTO");
}

void outside_then_branch(Trial& trial) {
  in_registration(trial, [&](Situation& situation) {
    const Asked asked = ask(trial, kMe, TM_OK, null_xid());
    expect_asked(trial, asked, 1, true);
    if (asked.registration.unregistered != 1) {
      trial.not_driven("the switch stays registered with the null XID");
    }
    registered(trial, situation, kMe, TM_OK);
    situation.arrange("m.work m.end");
  });
}

void refused(Trial& trial, int answer) {
  need_registration(trial);
  const XID xid = trial.session().new_xid();
  expect_asked(trial, ask(trial, kMe, answer, xid), 1, false);
  trial.judge("xa_end, afterwards", trial.call(kMe, Verb::kEnd, xid, TMSUCCESS), "NOTA PROTO");
  trial.judge("xa_close, afterwards", trial.call(kMe, Call{.verb = Verb::kClose}), "OK");
}

void not_open(Trial& trial) {
  need_registration(trial);
  expect_asked(trial, ask(trial, kStranger, TM_OK, trial.session().new_xid()), 0, false);
}

/// The row of table 6.3 for a call in D1 or D2.
struct Row {
  std::string_view name;
  std::string_view steps;  ///< after registering
  Verb verb;
  unsigned long flags;
  std::string_view answers;
};

// clang-format off
constexpr std::array<Row, 9> kRows = {{
    {"D1/xa_end(TMSUCCESS)", "m.work",           Verb::kEnd,   TMSUCCESS, "OK/RB"},
    {"D1/xa_end(TMFAIL)",    "m.work",           Verb::kEnd,   TMFAIL,    "RB OK"},
    {"D1/xa_end(TMSUSPEND)", "m.work",           Verb::kEnd,   TMSUSPEND, "OK/RB"},
    {"D1/xa_open",           "m.work",           Verb::kOpen,  TMNOFLAGS, "OK"},
    {"D1/xa_close",          "m.work",           Verb::kClose, TMNOFLAGS, "PROTO"},
    {"D2/xa_end(TMSUCCESS)", "m.work m.suspend", Verb::kEnd,   TMSUCCESS, "OK/RB"},
    {"D2/xa_end(TMFAIL)",    "m.work m.suspend", Verb::kEnd,   TMFAIL,    "RB OK"},
    {"D2/xa_open",           "m.work m.suspend", Verb::kOpen,  TMNOFLAGS, "OK"},
    {"D0/xa_close",          "m.work m.end",     Verb::kClose, TMNOFLAGS, "OK"},
}};
// clang-format on

void drive(Trial& trial, const Row& row) {
  in_registration(trial, [&](Situation& situation) {
    registered(trial, situation, kMe, TM_OK);
    situation.arrange(row.steps);
    const int code = situation.act(kMe, row.verb, static_cast<long>(row.flags));
    if (!trial.judge(std::string(name_of(row.verb)), code, row.answers)) throw CellEnds();
  });
}

void scan_in(Trial& trial, std::string_view steps) {
  in_registration(trial, [&](Situation& situation) {
    registered(trial, situation, kMe, TM_OK);
    situation.arrange(steps);
    trial.judge("xa_recover", trial.recover(kMe, 10, TMSTARTRSCAN | TMENDRSCAN).code, "n");
  });
}

void add(Cells& cells, const std::string& name, std::function<void(Trial&)> body) {
  cells.push_back({"6.3/" + name, "6.3; 2.5", std::move(body)});
}

}  // namespace

void add_registration_cells(Cells& cells) {
  add(cells, "D0/ax_reg/TM_OK", new_branch);
  add(cells, "D1/registers-once", registers_once);
  add(cells, "D0/ax_reg/TM_JOIN", join);
  add(cells, "D2/ax_reg/TM_RESUME", resume);
  add(cells, "D0/ax_reg/null-XID", outside);
  add(cells, "D0/ax_reg/null-XID-then-branch", outside_then_branch);
  add(cells, "D0/ax_reg/TMER_TMERR", [](Trial& trial) { refused(trial, TMER_TMERR); });
  add(cells, "D0/ax_reg/TMER_INVAL", [](Trial& trial) { refused(trial, TMER_INVAL); });
  add(cells, "D0/ax_reg/TMER_PROTO", [](Trial& trial) { refused(trial, TMER_PROTO); });
  add(cells, "R0/connection", not_open);
  for (const auto& row : kRows) {
    add(cells, std::string(row.name), [row](Trial& trial) { drive(trial, row); });
  }
  add(cells, "D1/xa_recover", [](Trial& trial) { scan_in(trial, "m.work"); });
  add(cells, "D2/xa_recover", [](Trial& trial) { scan_in(trial, "m.work m.suspend"); });
}

}  // namespace xaodbc::conformance
