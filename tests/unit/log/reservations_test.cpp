#include "log/reservations.h"

#include <gtest/gtest.h>

#include <vector>

#include "log/format.h"
#include "tests/unit/log/samples.h"

namespace xaodbc::log {
namespace {

std::size_t frame_of(const Record& record) { return frame_size(encode_record(record).size()); }

class ReservationsTest : public ::testing::Test {
 protected:
  void open(int number, std::uint64_t birth = 1) {
    const std::vector<Record> first{sample(RecordType::kPreparing, number, birth)};
    reservations_.open(first);
  }
  /// True when the record's share pays for all of it.
  bool pays(const Record& record) {
    const auto size = frame_of(record);
    const bool all = reservations_.covered(record, size) == size;
    reservations_.use(record);
    return all;
  }
  Reservations reservations_;
};

TEST_F(ReservationsTest, EverythingThatMayFollowIsPaidForOnce) {
  open(1);
  EXPECT_EQ(reservations_.total(), Reservations::needed_after(sample(RecordType::kPreparing, 1)));
  for (const auto type : {RecordType::kPrepared, RecordType::kCommitting, RecordType::kRollingBack,
                          RecordType::kDone, RecordType::kHeuristic, RecordType::kForgotten}) {
    EXPECT_TRUE(pays(sample(type, 1))) << to_string(type);
    EXPECT_FALSE(pays(sample(type, 1))) << to_string(type);
  }
  EXPECT_EQ(reservations_.total(), 0U);
}

TEST_F(ReservationsTest, NobodyPaysForAnUnknownBranchOrAnotherLife) {
  open(1);
  EXPECT_FALSE(pays(sample(RecordType::kDone, 2)));
  EXPECT_FALSE(pays(sample(RecordType::kDone, 1, 2)));
  EXPECT_FALSE(pays(sample(RecordType::kRolledBack, 1)));
}

TEST_F(ReservationsTest, FinishedBranchGivesTheRestBack) {
  open(1);
  open(2);
  const auto both = reservations_.total();
  reservations_.close(sample(RecordType::kDone, 1));
  EXPECT_EQ(reservations_.total(), both / 2);
  reservations_.close(sample(RecordType::kDone, 1));
  EXPECT_EQ(reservations_.total(), both / 2);
}

TEST_F(ReservationsTest, OpeningTwiceReservesOnce) {
  open(1);
  const auto once = reservations_.total();
  open(1);
  EXPECT_EQ(reservations_.total(), once);
}

TEST_F(ReservationsTest, CarriedOverHistoryReservesOnlyWhatIsStillToCome) {
  const std::vector<Record> history{sample(RecordType::kPreparing, 1),
                                    sample(RecordType::kPrepared, 1),
                                    sample(RecordType::kCommitting, 1)};
  reservations_.open(history);
  EXPECT_FALSE(pays(sample(RecordType::kCommitting, 1)));
  EXPECT_TRUE(pays(sample(RecordType::kDone, 1)));
}

TEST_F(ReservationsTest, LongReasonIsPaidForInPart) {
  open(1);
  auto heuristic = sample(RecordType::kHeuristic, 1);
  heuristic.reason = std::string(3000, 'r');
  const auto size = frame_of(heuristic);
  EXPECT_GT(reservations_.covered(heuristic, size), 0U);
  EXPECT_LT(reservations_.covered(heuristic, size), size);
}

}  // namespace
}  // namespace xaodbc::log
