#include "xa/flags.h"

#include <array>
#include <bit>
#include <cstdio>

#include "xaodbc/xa.h"

namespace xaodbc::xa {
namespace {

struct Rule {
  unsigned long allowed;
  unsigned long exclusive;   ///< at most one of these
  bool exclusive_is_needed;  ///< exactly one of these
};

constexpr std::array<Rule, static_cast<std::size_t>(Verb::kCount)> kRules = {{
    /* open     */ {0, 0, false},
    /* close    */ {0, 0, false},
    /* start    */ {TMJOIN | TMRESUME | TMNOWAIT, TMJOIN | TMRESUME, false},
    /* end      */
    {TMSUSPEND | TMMIGRATE | TMSUCCESS | TMFAIL, TMSUSPEND | TMSUCCESS | TMFAIL, true},
    /* prepare  */ {0, 0, false},
    /* commit   */ {TMNOWAIT | TMONEPHASE, 0, false},
    /* rollback */ {0, 0, false},
    /* recover  */ {TMSTARTRSCAN | TMENDRSCAN, 0, false},
    /* forget   */ {0, 0, false},
    /* complete */ {TMMULTIPLE | TMNOWAIT, 0, false},
}};

Status invalid(const char* what, unsigned long flags) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "0x%08lx", flags);
  return {StatusCode::kInvalidArgument, std::string(what) + ", flags " + text.data()};
}

}  // namespace

Status check_flags(Verb verb, unsigned long flags) {
  const auto takes_async = verb != Verb::kRecover && verb != Verb::kComplete;
  if (takes_async && (flags & TMASYNC) != 0) {
    return {StatusCode::kAsyncRefused, "asynchronous calls are not offered, call without TMASYNC"};
  }
  const Rule& rule = kRules[static_cast<std::size_t>(verb)];
  if ((flags & ~rule.allowed) != 0) return invalid("a flag this verb does not know", flags);
  const int chosen = std::popcount(flags & rule.exclusive);
  if (chosen > 1) return invalid("flags that exclude each other", flags);
  if (rule.exclusive_is_needed && chosen == 0) {
    return invalid("one of TMSUCCESS, TMFAIL, TMSUSPEND is needed", flags);
  }
  if (verb == Verb::kEnd && (flags & TMMIGRATE) != 0 && (flags & TMSUSPEND) == 0) {
    return invalid("TMMIGRATE goes with TMSUSPEND only", flags);
  }
  return Status::ok();
}

}  // namespace xaodbc::xa
