#include <xaodbc/xa.h>

#include <array>
#include <climits>
#include <string_view>

#include "conformance/cell.h"
#include "conformance/situation.h"

namespace xaodbc::conformance {
namespace {

/// What is wrong with an XID; kKeep leaves a field as it was.
constexpr long kKeep = LONG_MIN + 1;
struct Defect {
  std::string_view name;
  bool null_pointer;
  long format;
  long gtrid_length;
  long bqual_length;
};

// clang-format off
constexpr std::array<Defect, 9> kDefects = {{
    {"null-pointer", true,  kKeep, kKeep,    kKeep},
    {"null-xid",     false, -1,    kKeep,    kKeep},
    {"gtrid-0",      false, kKeep, 0,        kKeep},
    {"gtrid-65",     false, kKeep, 65,       kKeep},
    {"gtrid--1",     false, kKeep, -1,       kKeep},
    {"gtrid-max",    false, kKeep, LONG_MAX, kKeep},
    {"bqual-65",     false, kKeep, kKeep,    65},
    {"bqual--1",     false, kKeep, kKeep,    -1},
    {"bqual-min",    false, kKeep, kKeep,    LONG_MIN},
}};

// Where the XID is bad and nothing is known under it, NOTA is as true, and PROTO where a thread that
// works on nothing ends.
struct Base {
  Verb verb;
  unsigned long flags;
  std::string_view steps;    ///< legal for the verb, were it not for the XID
  std::string_view answers;
};
constexpr std::array<Base, 8> kBases = {{
    {Verb::kStart,    TMNOFLAGS, "",                               "INVAL"},
    {Verb::kStart,    TMJOIN,    "t.start t.work t.end",           "INVAL/NOTA"},
    {Verb::kEnd,      TMSUCCESS, "m.start m.work",                 "INVAL/NOTA"},
    {Verb::kPrepare,  TMNOFLAGS, "m.start m.work m.end",           "INVAL/NOTA"},
    {Verb::kCommit,   TMNOFLAGS, "m.start m.work m.end m.prepare", "INVAL/NOTA"},
    {Verb::kRollback, TMNOFLAGS, "m.start m.work m.end",           "INVAL/NOTA"},
    {Verb::kForget,   TMNOFLAGS, "",                               "INVAL/NOTA"},
    {Verb::kStart,    TMNOFLAGS, "m.start m.work",                 "INVAL/PROTO"},
}};
// clang-format on

XID spoil(XID xid, const Defect& defect) {
  if (defect.format != kKeep) xid.formatID = defect.format;
  if (defect.gtrid_length != kKeep) xid.gtrid_length = defect.gtrid_length;
  if (defect.bqual_length != kKeep) xid.bqual_length = defect.bqual_length;
  return xid;
}

void drive(Trial& trial, const Base& base, const Defect& defect) {
  in_situation(trial, [&](Situation& situation) {
    situation.arrange(base.steps);
    const Call call{.verb = base.verb,
                    .flags = static_cast<long>(base.flags),
                    .xid = spoil(situation.xid(), defect),
                    .null_xid_pointer = defect.null_pointer};
    const int code = trial.call(kMe, call);
    trial.judge(std::string(name_of(base.verb)) + "(" + std::string(defect.name) + ")", code,
                base.answers);
    situation.finish();
  });
}

}  // namespace

void add_bad_xid_cells(Cells& cells) {
  for (const auto& base : kBases) {
    for (const auto& defect : kDefects) {
      std::string verb(name_of(base.verb));
      if ((base.flags & TMJOIN) != 0) verb += "(TMJOIN)";
      const std::string state =
          base.verb == Verb::kStart && base.answers == "INVAL/PROTO" ? "/T1" : "";
      cells.push_back({"4.1/" + verb + state + "/" + std::string(defect.name),
                       "4, rule 1; 2.1; 7.1, null XID",
                       [base, defect](Trial& trial) { drive(trial, base, defect); }});
    }
  }
}

}  // namespace xaodbc::conformance
