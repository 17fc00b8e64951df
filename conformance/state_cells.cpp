#include <xaodbc/xa.h>

#include <array>
#include <span>
#include <string_view>

#include "conformance/cell.h"
#include "conformance/scan.h"
#include "conformance/situation.h"

namespace xaodbc::conformance {
namespace {

/// A situation and who calls in it.
struct Column {
  std::string_view name;
  Who caller;
  std::string_view steps;
};

/// A call, and an Expectation for each column.
template <std::size_t kColumns>
struct Row {
  std::string_view flags_name;
  Verb verb;
  unsigned long flags;
  std::array<std::string_view, kColumns> answers;
};

/// The same answer everywhere; where the rmid is not open, the standard does not say whether that
/// or the wrong argument is told.
template <std::size_t kColumns>
constexpr std::array<std::string_view, kColumns> all_but_r0(std::string_view in_r0,
                                                            std::string_view elsewhere,
                                                            std::size_t r0_columns = 1) {
  std::array<std::string_view, kColumns> answers{};
  answers.fill(elsewhere);
  for (std::size_t i = 0; i < r0_columns; ++i) answers[i] = in_r0;
  return answers;
}

// A branch that an administrator has decided is S3 for a transaction manager that was not yet told.
// Where two conditions hold at once, the standard does not say which one is told.
// clang-format off
constexpr std::array<Column, 14> kStartColumns = {{
    {"R0",                  kStranger, ""},
    {"T1-same",             kMe,       "m.start m.work"},
    {"T1-other/S0",         kMe,       "m.start:y m.work:y"},
    {"T1-other/S2",         kMe,       "t.start t.work t.end m.start:y m.work:y"},
    {"T2",                  kMe,       "m.start m.work m.suspend"},
    {"T2-migratable",       kMe,       "m.start m.work m.migrate"},
    {"T0-S0",               kMe,       ""},
    {"T0-S1",               kMe,       "o.start o.work"},
    {"T0-S2",               kMe,       "t.start t.work t.end"},
    {"T0-S2-suspended",     kMe,       "o.start o.work o.suspend"},
    {"T0-S2-migratable",    kMe,       "o.start o.work o.migrate"},
    {"T0-S3",               kMe,       "t.start t.work t.end t.prepare"},
    {"T0-S4",               kMe,       "t.start t.work t.fail"},
    {"T0-S5",               kMe,       "t.start t.work t.end t.prepare t.heuristic t.told"},
}};
constexpr std::array<Row<14>, 8> kStartRows = {{
    //  R0       T1-same        T1-other/S0   T1-other/S2    T2             T2-migratable
    //  T0-S0       T0-S1       T0-S2       T0-S2-suspended   T0-S2-migratable  T0-S3    T0-S4       T0-S5
    {"TMNOFLAGS", Verb::kStart, TMNOFLAGS,
       {"PROTO", "PROTO/DUPID", "PROTO",      "PROTO/DUPID", "PROTO/DUPID", "PROTO/DUPID",
        "OK",       "DUPID",    "DUPID",    "DUPID",          "DUPID",          "DUPID", "DUPID",    "DUPID"}},
    {"TMNOWAIT", Verb::kStart, TMNOWAIT,
       {"PROTO", "PROTO/DUPID", "PROTO",      "PROTO/DUPID", "PROTO/DUPID", "PROTO/DUPID",
        "OK/RETRY", "DUPID",    "DUPID",    "DUPID",          "DUPID",          "DUPID", "DUPID",    "DUPID"}},
    {"TMJOIN", Verb::kStart, TMJOIN,
       {"PROTO", "PROTO",       "PROTO/NOTA", "PROTO",       "PROTO",       "PROTO",
        "NOTA",     "OK",       "OK",       "OK/PROTO",       "OK/PROTO",       "PROTO", "RB PROTO", "PROTO"}},
    {"TMJOIN|TMNOWAIT", Verb::kStart, TMJOIN | TMNOWAIT,
       {"PROTO", "PROTO",       "PROTO/NOTA", "PROTO",       "PROTO",       "PROTO",
        "NOTA",     "OK/RETRY", "OK/RETRY", "OK/RETRY PROTO", "OK/RETRY PROTO", "PROTO", "RB PROTO", "PROTO"}},
    {"TMRESUME", Verb::kStart, TMRESUME,
       {"PROTO", "PROTO",       "PROTO/NOTA", "PROTO",       "OK",          "OK",
        "NOTA",     "PROTO",    "PROTO",    "PROTO",          "OK",             "PROTO", "PROTO",    "PROTO"}},
    {"TMRESUME|TMNOWAIT", Verb::kStart, TMRESUME | TMNOWAIT,
       {"PROTO", "PROTO",       "PROTO/NOTA", "PROTO",       "OK/RETRY",    "OK/RETRY",
        "NOTA",     "PROTO",    "PROTO",    "PROTO",          "OK/RETRY",       "PROTO", "PROTO",    "PROTO"}},
    {"TMJOIN|TMRESUME", Verb::kStart, TMJOIN | TMRESUME, all_but_r0<14>("INVAL/PROTO", "INVAL")},
    {"TMASYNC", Verb::kStart, TMASYNC, all_but_r0<14>("ASYNC/PROTO", "ASYNC")},
}};

constexpr std::array<Column, 14> kEndColumns = {{
    {"R0",                  kStranger, ""},
    {"T0-S0",               kMe,       ""},
    {"T0-S1",               kMe,       "o.start o.work"},
    {"T0-S2",               kMe,       "t.start t.work t.end"},
    {"T0-S2-suspended",     kMe,       "o.start o.work o.suspend"},
    {"T0-S3",               kMe,       "t.start t.work t.end t.prepare"},
    {"T0-S4",               kMe,       "t.start t.work t.fail"},
    {"T0-S5",               kMe,       "t.start t.work t.end t.prepare t.heuristic t.told"},
    {"T1-same",             kMe,       "m.start m.work"},
    {"T1-other/S0",         kMe,       "m.start:y m.work:y"},
    {"T1-other/S1",         kMe,       "o.start o.work m.start:y m.work:y"},
    {"T1-other/S2",         kMe,       "t.start t.work t.end m.start:y m.work:y"},
    {"T2",                  kMe,       "m.start m.work m.suspend"},
    {"T2-migratable",       kMe,       "m.start m.work m.migrate"},
}};
constexpr std::array<Row<14>, 13> kEndRows = {{
    //  R0             T0-S0         T0-S1    T0-S2    T0-S2-susp.  T0-S3    T0-S4    T0-S5
    //  T1-same            T1-other/S0   T1-other/S1  T1-other/S2  T2       T2-migratable
    {"TMSUCCESS", Verb::kEnd, TMSUCCESS,
       {"PROTO",       "NOTA/PROTO", "PROTO", "PROTO", "PROTO",     "PROTO", "PROTO", "PROTO",
        "OK/RB",           "NOTA/PROTO", "PROTO",     "PROTO",     "OK/RB", "OK/RB"}},
    {"TMFAIL", Verb::kEnd, TMFAIL,
       {"PROTO",       "NOTA/PROTO", "PROTO", "PROTO", "PROTO",     "PROTO", "PROTO", "PROTO",
        "RB OK",           "NOTA/PROTO", "PROTO",     "PROTO",     "RB OK", "RB OK"}},
    {"TMSUSPEND", Verb::kEnd, TMSUSPEND,
       {"PROTO",       "NOTA/PROTO", "PROTO", "PROTO", "PROTO",     "PROTO", "PROTO", "PROTO",
        "OK/RB",           "NOTA/PROTO", "PROTO",     "PROTO",     "PROTO", "PROTO"}},
    {"TMSUSPEND|TMMIGRATE", Verb::kEnd, TMSUSPEND | TMMIGRATE,
       {"PROTO",       "NOTA/PROTO", "PROTO", "PROTO", "PROTO",     "PROTO", "PROTO", "PROTO",
        "OK NOMIGRATE/RB", "NOTA/PROTO", "PROTO",     "PROTO",     "PROTO", "PROTO"}},
    {"TMMIGRATE", Verb::kEnd, TMMIGRATE,
       {"INVAL/PROTO", "INVAL",      "INVAL", "INVAL", "INVAL",     "INVAL", "INVAL", "INVAL",
        "INVAL/PROTO",     "INVAL",      "INVAL",     "INVAL",     "INVAL", "INVAL"}},
    {"TMNOFLAGS", Verb::kEnd, TMNOFLAGS, all_but_r0<14>("INVAL/PROTO", "INVAL")},
    {"TMSUCCESS|TMFAIL", Verb::kEnd, TMSUCCESS | TMFAIL, all_but_r0<14>("INVAL/PROTO", "INVAL")},
    {"TMSUCCESS|TMSUSPEND", Verb::kEnd, TMSUCCESS | TMSUSPEND, all_but_r0<14>("INVAL/PROTO", "INVAL")},
    {"TMFAIL|TMSUSPEND", Verb::kEnd, TMFAIL | TMSUSPEND, all_but_r0<14>("INVAL/PROTO", "INVAL")},
    {"TMSUCCESS|TMFAIL|TMSUSPEND", Verb::kEnd, TMSUCCESS | TMFAIL | TMSUSPEND, all_but_r0<14>("INVAL/PROTO", "INVAL")},
    {"TMSUCCESS|TMMIGRATE", Verb::kEnd, TMSUCCESS | TMMIGRATE,
       {"INVAL/PROTO", "INVAL",      "INVAL", "INVAL", "INVAL",     "INVAL", "INVAL", "INVAL",
        "INVAL/PROTO",     "INVAL",      "INVAL",     "INVAL",     "INVAL", "INVAL"}},
    {"TMFAIL|TMMIGRATE", Verb::kEnd, TMFAIL | TMMIGRATE,
       {"INVAL/PROTO", "INVAL",      "INVAL", "INVAL", "INVAL",     "INVAL", "INVAL", "INVAL",
        "INVAL/PROTO",     "INVAL",      "INVAL",     "INVAL",     "INVAL", "INVAL"}},
    {"TMASYNC|TMSUCCESS", Verb::kEnd, TMASYNC | TMSUCCESS, all_but_r0<14>("ASYNC/PROTO", "ASYNC")},
}};

constexpr std::array<Column, 12> kCompletionColumns = {{
    {"R0",                  kStranger, ""},
    {"R0/S3",               kStranger, "t.start t.work t.end t.prepare"},
    {"S0",                  kMe,       ""},
    {"S1",                  kMe,       "o.start o.work"},
    {"S1-own",              kMe,       "m.start m.work"},
    {"S2",                  kMe,       "t.start t.work t.end"},
    {"S2-suspended",        kMe,       "o.start o.work o.suspend"},
    {"S2-own-suspended",    kMe,       "m.start m.work m.suspend"},
    {"S3",                  kMe,       "t.start t.work t.end t.prepare"},
    {"S4",                  kMe,       "t.start t.work t.fail"},
    {"S5",                  kMe,       "t.start t.work t.end t.prepare t.heuristic t.told"},
    {"S3-decided",          kMe,       "t.start t.work t.end t.prepare t.heuristic"},
}};
constexpr std::array<Row<12>, 10> kCompletionRows = {{
    //  R0       R0/S3    S0      S1            S1-own        S2
    //  S2-suspended  S2-own-suspended  S3            S4            S5      S3-decided
    {"TMNOFLAGS", Verb::kPrepare, TMNOFLAGS,
       {"PROTO", "PROTO", "NOTA", "PROTO",      "PROTO",      "OK RDONLY/RB",
        "PROTO",      "PROTO",          "PROTO",      "PROTO/RB",   "PROTO", "PROTO"}},
    {"TMNOFLAGS", Verb::kCommit, TMNOFLAGS,
       {"PROTO", "PROTO", "NOTA", "PROTO",      "PROTO",      "PROTO",
        "PROTO",      "PROTO",          "OK/RETRY",   "PROTO",      "HEUR", "HEUR"}},
    {"TMNOWAIT", Verb::kCommit, TMNOWAIT,
       {"PROTO", "PROTO", "NOTA", "PROTO",      "PROTO",      "PROTO",
        "PROTO",      "PROTO",          "OK/RETRY",   "PROTO",      "HEUR", "HEUR"}},
    {"TMONEPHASE", Verb::kCommit, TMONEPHASE,
       {"PROTO", "PROTO", "NOTA", "PROTO",      "PROTO",      "OK/RB",
        "PROTO",      "PROTO",          "PROTO",      "PROTO/RB",   "HEUR", "PROTO HEUR"}},
    {"TMNOFLAGS", Verb::kRollback, TMNOFLAGS,
       {"PROTO", "PROTO", "NOTA", "PROTO",      "PROTO",      "OK RB",
        "PROTO",      "PROTO",          "OK/RB",      "OK RB",      "HEUR", "HEUR"}},
    {"TMNOFLAGS", Verb::kForget, TMNOFLAGS,
       {"PROTO", "PROTO", "NOTA", "PROTO/NOTA", "PROTO/NOTA", "PROTO/NOTA",
        "PROTO/NOTA", "PROTO/NOTA",     "PROTO/NOTA", "PROTO/NOTA", "OK", "PROTO/OK NOTA"}},
    {"TMASYNC", Verb::kPrepare, TMASYNC, all_but_r0<12>("ASYNC/PROTO", "ASYNC", 2)},
    {"TMASYNC", Verb::kCommit, TMASYNC, all_but_r0<12>("ASYNC/PROTO", "ASYNC", 2)},
    {"TMASYNC", Verb::kRollback, TMASYNC, all_but_r0<12>("ASYNC/PROTO", "ASYNC", 2)},
    {"TMASYNC", Verb::kForget, TMASYNC, all_but_r0<12>("ASYNC/PROTO", "ASYNC", 2)},
}};
constexpr std::array<bool, 12> kListed = {
    false, false, false, false, false, false, false, false, true, false, true, true};
// clang-format on

void drive(Trial& trial, const Column& column, Verb verb, long flags, std::string_view answers) {
  if ((flags & TMASYNC) != 0 && trial.session().library().has_flag(TMUSEASYNC)) {
    trial.not_driven("the switch has TMUSEASYNC");
  }
  in_situation(trial, [&](Situation& situation) {
    situation.arrange(column.steps);
    const int code = situation.act(column.caller, verb, flags);
    const std::string called = std::string(name_of(verb)) + "(" + flags_text(flags) + ")";
    if (!trial.judge(called, code, answers)) throw CellEnds();
    situation.finish();
  });
}

template <std::size_t kColumns>
void add_table(Cells& cells, const std::string& section, std::span<const Row<kColumns>> rows,
               const std::array<Column, kColumns>& columns) {
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < kColumns; ++i) {
      const Column& column = columns[i];
      const auto answers = row.answers[i];
      std::string name = section + "/" + std::string(name_of(row.verb)) + "/" +
                         std::string(row.flags_name) + "/" + std::string(column.name);
      cells.push_back({std::move(name), section + ", " + std::string(name_of(row.verb)),
                       [column, answers, verb = row.verb, flags = row.flags](Trial& trial) {
                         drive(trial, column, verb, static_cast<long>(flags), answers);
                       }});
    }
  }
}

/// xa_recover is the row of table 7.3 that is no single answer.
void add_lists(Cells& cells) {
  for (std::size_t i = 0; i < kCompletionColumns.size(); ++i) {
    const Column& column = kCompletionColumns[i];
    if (column.caller == kStranger) continue;
    cells.push_back({"7.3/xa_recover/lists/" + std::string(column.name), "7.3, xa_recover; 8.6",
                     [column, listed = kListed[i]](Trial& trial) {
                       in_situation(trial, [&](Situation& situation) {
                         situation.arrange(column.steps);
                         const bool found = is_listed(trial, kMe, situation.xid());
                         trial.expect(found == listed, "xa_recover, a whole scan",
                                      listed ? "listed" : "not listed",
                                      found ? "listed" : "not listed");
                         situation.finish();
                       });
                     }});
  }
}

}  // namespace

void add_state_cells(Cells& cells) {
  add_table<14>(cells, "7.1", kStartRows, kStartColumns);
  add_table<14>(cells, "7.2", kEndRows, kEndColumns);
  add_table<12>(cells, "7.3", kCompletionRows, kCompletionColumns);
  add_lists(cells);
}

}  // namespace xaodbc::conformance
