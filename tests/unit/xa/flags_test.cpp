#include "xa/flags.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

#include "xaodbc/xa.h"

namespace xaodbc::xa {
namespace {

/// What the standard lets a verb be called with, every combination written out.
struct LegalFlags {
  Verb verb;
  bool takes_async;  ///< the verb knows TMASYNC, which is refused by a code of its own
  std::set<unsigned long> sets;
};

const std::array<LegalFlags, 10>& legal_flags() {
  static const std::array<LegalFlags, 10> all = {{
      {Verb::kOpen, true, {0}},
      {Verb::kClose, true, {0}},
      {Verb::kStart, true, {0, TMJOIN, TMRESUME, TMNOWAIT, TMJOIN | TMNOWAIT, TMRESUME | TMNOWAIT}},
      {Verb::kEnd, true, {TMSUCCESS, TMFAIL, TMSUSPEND, TMSUSPEND | TMMIGRATE}},
      {Verb::kPrepare, true, {0}},
      {Verb::kCommit, true, {0, TMNOWAIT, TMONEPHASE, TMNOWAIT | TMONEPHASE}},
      {Verb::kRollback, true, {0}},
      {Verb::kRecover, false, {0, TMSTARTRSCAN, TMENDRSCAN, TMSTARTRSCAN | TMENDRSCAN}},
      {Verb::kForget, true, {0}},
      {Verb::kComplete, false, {0, TMNOWAIT, TMMULTIPLE, TMNOWAIT | TMMULTIPLE}},
  }};
  return all;
}

StatusCode expected(const LegalFlags& legal, unsigned long flags) {
  if ((flags & TMASYNC) != 0 && legal.takes_async) return StatusCode::kAsyncRefused;
  return legal.sets.contains(flags) ? StatusCode::kOk : StatusCode::kInvalidArgument;
}

std::string shown(Verb verb, unsigned long flags) {
  return std::string(to_string(verb)) + " with flags " + std::to_string(flags);
}

/// Calls `visit` with every union of the flags that the standard defines for calls.
template <class Visit>
void for_all_unions(const Visit& visit) {
  constexpr unsigned kFirst = 20;  // TMMIGRATE
  constexpr unsigned kCount = 12;  // up to TMASYNC
  for (unsigned long choice = 0; choice < (1UL << kCount); ++choice) visit(choice << kFirst);
}

TEST(FlagsTest, EveryVerbIsLookedAt) {
  std::set<Verb> verbs;
  for (const auto& legal : legal_flags()) verbs.insert(legal.verb);
  EXPECT_EQ(verbs.size(), static_cast<std::size_t>(Verb::kCount));
}

TEST(FlagsTest, EverySingleBitIsTakenOrRefusedAsTheStandardSays) {
  for (const auto& legal : legal_flags()) {
    for (unsigned bit = 0; bit < 64; ++bit) {
      const unsigned long flags = 1UL << bit;
      EXPECT_EQ(check_flags(legal.verb, flags).code(), expected(legal, flags))
          << shown(legal.verb, flags);
    }
  }
}

TEST(FlagsTest, EveryBitBesideALegalSetIsRefused) {
  for (const auto& legal : legal_flags()) {
    for (const auto set : legal.sets) {
      for (unsigned bit = 0; bit < 64; ++bit) {
        const unsigned long flags = set | (1UL << bit);
        EXPECT_EQ(check_flags(legal.verb, flags).code(), expected(legal, flags))
            << shown(legal.verb, flags);
      }
    }
  }
}

TEST(FlagsTest, EveryUnionOfCallFlagsIsTakenOrRefusedAsTheStandardSays) {
  for (const auto& legal : legal_flags()) {
    for_all_unions([&](unsigned long flags) {
      ASSERT_EQ(check_flags(legal.verb, flags).code(), expected(legal, flags))
          << shown(legal.verb, flags);
    });
  }
}

// A C program that keeps flags in an int passes TMASYNC with all upper bits set.
TEST(FlagsTest, SignExtendedAsyncIsStillRefusedAsAsync) {
  const auto extended = ~0UL << 31U;
  for (const auto& legal : legal_flags()) {
    EXPECT_EQ(check_flags(legal.verb, extended).code(), expected(legal, extended))
        << to_string(legal.verb);
  }
}

TEST(FlagsTest, RefusalShowsTheFlagsOfTheCall) {
  const auto status = check_flags(Verb::kPrepare, TMJOIN);
  EXPECT_NE(status.message().find("0x00200000"), std::string::npos) << status.message();
}

}  // namespace
}  // namespace xaodbc::xa
