#include <xaodbc/xa.h>

#include <array>
#include <memory>
#include <string_view>
#include <vector>

#include "conformance/answers.h"
#include "conformance/cell.h"
#include "conformance/situation.h"

namespace xaodbc::conformance {
namespace {

/// Steps of several threads that must simply succeed, and one call in the end.
struct Row {
  std::string_view name;
  std::string_view clause;
  std::string_view steps;
  Who caller;
  Verb verb;
  unsigned long flags;
  std::string_view answers;
};

// clang-format off
constexpr std::array<Row, 12> kRows = {{
    {"join-does-not-wait",            "8.1",    "m.start m.work",                          kOther, Verb::kStart,    TMJOIN,    "OK"},
    {"joined-twice/first-ends",       "6.4, 2", "m.start m.work o.join o.work m.end",      kThird, Verb::kPrepare,  TMNOFLAGS, "PROTO"},
    {"joined-twice/both-end",         "6.4, 2", "m.start m.work o.join o.work m.end o.end", kThird, Verb::kPrepare, TMNOFLAGS, "OK RDONLY"},
    {"joined/one-fails",              "8.3",    "m.start m.work o.join o.fail",            kMe,    Verb::kEnd,      TMSUCCESS, "RB"},
    {"migrated/resumed-by-another",   "6.2",    "m.start m.work m.migrate o.resume o.work", kOther, Verb::kEnd,     TMSUCCESS, "OK"},
    {"migrated/first-is-free",        "6.2",    "m.start m.work m.migrate o.resume",       kMe,    Verb::kStart,    TMRESUME,  "PROTO"},
    {"migrated/first-starts-another", "6.2",    "m.start m.work m.migrate o.resume m.start:y m.work:y m.end:y", kOther, Verb::kEnd, TMSUCCESS, "OK"},
    {"completion/prepare",            "4.6",    "m.start m.work m.end m.start:y",          kThird, Verb::kPrepare,  TMNOFLAGS, "OK RDONLY"},
    {"completion/one-phase",          "4.6",    "m.start m.work m.end",                    kThird, Verb::kCommit,   TMONEPHASE, "OK"},
    {"completion/commit",             "4.6",    "m.start m.work m.end m.prepare",          kThird, Verb::kCommit,   TMNOFLAGS, "OK/RETRY"},
    {"completion/by-a-working-thread", "6.2",   "m.start m.work m.end m.prepare o.start:y o.work:y", kOther, Verb::kCommit, TMNOFLAGS, "OK/RETRY"},
    {"suspended/start-another",       "6.2",    "m.start m.work m.suspend m.start:y m.work:y m.end:y", kMe, Verb::kStart, TMRESUME, "OK"},
}};

/// A thread of control ends without xa_end: its work is rolled back, by whoever comes.
struct Exit {
  std::string_view name;
  std::string_view steps;
  Verb verb;
  unsigned long flags;
  std::string_view answers;
};
constexpr std::array<Exit, 5> kExits = {{
    {"associated/prepare",    "o.start o.work o.exit",           Verb::kPrepare,  TMNOFLAGS,  "RB NOTA/PROTO RMERR"},
    {"associated/one-phase",  "o.start o.work o.exit",           Verb::kCommit,   TMONEPHASE, "RB NOTA/PROTO RMERR"},
    {"associated/rollback",   "o.start o.work o.exit",           Verb::kRollback, TMNOFLAGS,  "OK RB NOTA"},
    {"suspended/rollback",    "o.start o.work o.suspend o.exit", Verb::kRollback, TMNOFLAGS,  "OK RB NOTA"},
    {"suspended/prepare",     "o.start o.work o.suspend o.exit", Verb::kPrepare,  TMNOFLAGS,  "RB NOTA/PROTO RMERR"},
}};
// clang-format on

void drive(Trial& trial, const Row& row) {
  in_situation(trial, [&](Situation& situation) {
    situation.arrange(row.steps);
    const int code = situation.act(row.caller, row.verb, static_cast<long>(row.flags));
    const std::string called =
        std::string(name_of(row.verb)) + "(" + flags_text(static_cast<long>(row.flags)) + ")";
    if (!trial.judge(called, code, row.answers)) throw CellEnds();
    situation.finish();
  });
}

void drive_exit(Trial& trial, const Exit& row) {
  in_situation(trial, [&](Situation& situation) {
    situation.arrange(row.steps);
    const int code = situation.act(kThird, row.verb, static_cast<long>(row.flags));
    if (!trial.judge(std::string(name_of(row.verb)) + " after the thread has ended", code,
                     row.answers)) {
      throw CellEnds();
    }
    if (row.verb == Verb::kRollback) return;
    trial.judge("xa_rollback, afterwards", situation.act(kThird, Verb::kRollback, TMNOFLAGS),
                "OK RB NOTA");
  });
}

/// The calls of one of many threads: branches of its own, both ways, one after the other.
constexpr int kThreads = 8;
constexpr int kBranches = 10;

struct Step {
  Verb verb;
  unsigned long flags;
  std::string_view answers;
};
constexpr std::array<Step, 4> kTwoPhases = {{{Verb::kStart, TMNOFLAGS, "OK"},
                                             {Verb::kEnd, TMSUCCESS, "OK"},
                                             {Verb::kPrepare, TMNOFLAGS, "OK RDONLY"},
                                             {Verb::kCommit, TMNOFLAGS, "OK"}}};
constexpr std::array<Step, 3> kRollback = {{{Verb::kStart, TMNOFLAGS, "OK"},
                                            {Verb::kEnd, TMSUCCESS, "OK"},
                                            {Verb::kRollback, TMNOFLAGS, "OK RB"}}};

/// Empty when every answer was right.
template <class Steps>
std::string run_branch(Session& session, const Steps& steps) {
  const XID xid = session.new_xid();
  for (const auto& step : steps) {
    const Call call{.verb = step.verb, .flags = static_cast<long>(step.flags), .xid = xid};
    const int code = session.call(call);
    if (code == XA_RDONLY && step.verb == Verb::kPrepare) return "";
    if (!Answers(step.answers).contain(code)) return text_of(call) + " = " + code_name(code);
  }
  return "";
}

std::string run_branches(Session& session) {
  for (int i = 0; i < kBranches; ++i) {
    auto wrong = i % 2 == 0 ? run_branch(session, kTwoPhases) : run_branch(session, kRollback);
    if (!wrong.empty()) return wrong;
  }
  return "";
}

void many_threads(Trial& trial) {
  auto wrong = std::make_shared<std::vector<std::string>>(kThreads);
  for (int i = 0; i < kThreads; ++i) trial.thread(static_cast<Who>('0' + i));
  for (int i = 0; i < kThreads; ++i) {
    trial.thread(static_cast<Who>('0' + i)).begin([&session = trial.session(), wrong, i] {
      (*wrong)[static_cast<std::size_t>(i)] = run_branches(session);
    });
  }
  for (int i = 0; i < kThreads; ++i) trial.thread(static_cast<Who>('0' + i)).join();
  for (const auto& one : *wrong) {
    trial.expect(one.empty(), "eight threads, each with branches of its own", "as for one thread",
                 one.empty() ? "as for one thread" : one);
  }
}

/// A second thread joins and finishes while the first one stands still inside its association.
void join_and_finish(Trial& trial) {
  in_situation(trial, [&](Situation& situation) {
    situation.arrange("m.start m.work o.join o.work o.end m.work");
    trial.judge("xa_end(TMSUCCESS) of the first thread", situation.act(kMe, Verb::kEnd, TMSUCCESS),
                "OK");
    situation.finish();
  });
}

/// What is open is open in one thread only.
void open_in_each_thread(Trial& trial) {
  trial.thread(kMe);
  trial.judge("xa_start in a thread that has not opened",
              trial.call(kStranger, Verb::kStart, trial.session().new_xid()), "PROTO");
}

void add(Cells& cells, const std::string& name, const std::string& clause,
         std::function<void(Trial&)> body) {
  cells.push_back({name, clause, std::move(body)});
}

}  // namespace

void add_thread_cells(Cells& cells) {
  for (const auto& row : kRows) {
    add(cells, "8.1/threads/" + std::string(row.name), std::string(row.clause),
        [row](Trial& trial) { drive(trial, row); });
  }
  for (const auto& row : kExits) {
    add(cells, "8.9/thread-ends/" + std::string(row.name), "8.9, first row",
        [row](Trial& trial) { drive_exit(trial, row); });
  }
  add(cells, "8.1/threads/join-and-finish", "8.1", join_and_finish);
  add(cells, "8.1/threads/eight-at-once", "4, rule 6; 1, thread of control", many_threads);
  add(cells, "8.1/threads/open-in-each", "6.1; 5.3, xa_open", open_in_each_thread);
}

}  // namespace xaodbc::conformance
