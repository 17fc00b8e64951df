#include <xaodbc/xa.h>

#include <array>
#include <cstdio>
#include <string_view>

#include "conformance/cell.h"
#include "conformance/legal.h"
#include "conformance/situation.h"

namespace xaodbc::conformance {
namespace {

/// A call that is legal in its situation but for the flag that is added to it.
struct Base {
  Verb verb;
  unsigned long flags;
  Who caller;
  std::string_view steps;
};

constexpr std::array<Base, 10> kBases = {{
    {Verb::kOpen, TMNOFLAGS, kStranger, ""},
    {Verb::kClose, TMNOFLAGS, kMe, ""},
    {Verb::kStart, TMNOFLAGS, kMe, ""},
    {Verb::kEnd, TMSUCCESS, kMe, "m.start m.work"},
    {Verb::kRollback, TMNOFLAGS, kMe, "m.start m.work m.end"},
    {Verb::kPrepare, TMNOFLAGS, kMe, "m.start m.work m.end"},
    {Verb::kCommit, TMNOFLAGS, kMe, "m.start m.work m.end m.prepare"},
    {Verb::kRecover, TMSTARTRSCAN, kMe, ""},
    {Verb::kForget, TMNOFLAGS, kMe, ""},
    {Verb::kComplete, TMNOFLAGS, kMe, ""},
}};

// All bits of the standard's flags, and some that only a 64-bit long has.
constexpr int kBits = 32;
constexpr std::array<int, 4> kHighBits = {32, 33, 47, 63};

std::string hex(unsigned long bit) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "0x%08lx", bit);
  return text.data();
}

std::string_view refusal(const Base& base, unsigned long bit) {
  if (bit != TMASYNC) return "INVAL";
  return (known_flags(base.verb) & TMASYNC) != 0 ? "ASYNC" : "INVAL";
}

/// xa_open and xa_close that were refused have not opened and not closed.
void expect_as_before(Trial& trial, const Base& base) {
  const XID xid = trial.session().new_xid();
  const bool is_open = base.caller != kStranger;
  trial.judge("xa_recover, afterwards", trial.recover(base.caller, 0, TMSTARTRSCAN).code,
              is_open ? "n" : "PROTO");
  trial.judge("xa_end, afterwards", trial.call(base.caller, Verb::kEnd, xid, TMSUCCESS),
              is_open ? "NOTA PROTO" : "PROTO");
}

void drive(Trial& trial, const Base& base, unsigned long bit) {
  if (bit == TMASYNC && trial.session().library().has_flag(TMUSEASYNC)) {
    trial.not_driven("the switch has TMUSEASYNC");
  }
  in_situation(trial, [&](Situation& situation) {
    situation.arrange(base.steps);
    const long flags = static_cast<long>(base.flags | bit);
    const int code = base.verb == Verb::kRecover ? trial.recover(base.caller, 1, flags).code
                                                 : situation.act(base.caller, base.verb, flags);
    const std::string called = std::string(name_of(base.verb)) + "(" + flags_text(flags) + ")";
    if (!trial.judge(called, code, refusal(base, bit))) throw CellEnds();
    expect_as_before(trial, base);
    situation.finish();
  });
}

void add_bit(Cells& cells, const Base& base, int number) {
  const unsigned long bit = 1UL << static_cast<unsigned>(number);
  const bool is_legal = (known_flags(base.verb) & bit) != 0;
  if (is_legal && bit != TMASYNC) return;
  cells.push_back({"5.1/" + std::string(name_of(base.verb)) + "/" + hex(bit),
                   "5.1, " + std::string(name_of(base.verb)),
                   [base, bit](Trial& trial) { drive(trial, base, bit); }});
}

}  // namespace

void add_flag_cells(Cells& cells) {
  for (const auto& base : kBases) {
    for (int number = 0; number < kBits; ++number) add_bit(cells, base, number);
    for (const int number : kHighBits) add_bit(cells, base, number);
  }
}

}  // namespace xaodbc::conformance
