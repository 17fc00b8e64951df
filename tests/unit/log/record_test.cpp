#include "log/record.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "log/format.h"
#include "tests/unit/log/samples.h"

namespace xaodbc::log {
namespace {

std::string random_bytes(std::mt19937& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

Record random_record(std::mt19937& random) {
  const auto text = [&random] { return random_bytes(random, random() % 3 * (random() % 60)); };
  Record record;
  record.type = kAllTypes[random() % std::size(kAllTypes)];
  record.xid =
      *Xid::create(static_cast<std::int64_t>(random()), random_bytes(random, 1 + random() % 64),
                   random_bytes(random, random() % 65));
  record.birth = std::uint64_t{random()} << 32 | random();
  record.time_us = static_cast<std::int64_t>(std::uint64_t{random()} << 32 | random());
  record.pid = static_cast<std::uint32_t>(random());
  record.outcome = static_cast<Outcome>(random() % 5);
  record.decider = static_cast<Decider>(random() % 3);
  record.resource = text();
  record.gid = text();
  record.server = text();
  record.session = text();
  record.transaction_id = text();
  record.operator_name = text();
  record.reason = text();
  return record;
}

TEST(Record, EveryTypeSurvivesTheRoundTrip) {
  for (const auto type : kAllTypes) {
    const auto record = sample(type, 1);
    const auto back = decode_record(encode_record(record));
    ASSERT_TRUE(back.has_value()) << to_string(type);
    EXPECT_EQ(*back, record) << to_string(type);
  }
}

TEST(Record, AnyContentSurvivesTheRoundTrip) {
  std::mt19937 random(20260101);
  for (int i = 0; i < 2000; ++i) {
    const auto record = random_record(random);
    ASSERT_TRUE(check_size(record).is_ok());
    const auto back = decode_record(encode_record(record));
    ASSERT_TRUE(back.has_value());
    ASSERT_EQ(*back, record);
  }
}

TEST(Record, ExtremesOfTheFieldsSurvive) {
  Record record = sample(RecordType::kPreparing, 1);
  record.xid = *Xid::create(INT64_MIN, std::string(64, '\xff'), std::string(64, '\0'));
  record.birth = UINT64_MAX;
  record.time_us = INT64_MIN;
  record.pid = UINT32_MAX;
  EXPECT_EQ(decode_record(encode_record(record)), record);
  record.xid = *Xid::create(INT64_MAX, "g", "");
  record.resource.clear();
  EXPECT_EQ(decode_record(encode_record(record)), record);
}

TEST(Record, PayloadCutAnywhereIsNeverTakenForTheWhole) {
  const auto record = sample(RecordType::kHeuristic, 1);
  const auto good = encode_record(record);
  for (std::size_t size = 0; size < good.size(); ++size) {
    const auto back = decode_record(good.substr(0, size));
    if (back) {
      EXPECT_NE(*back, record);
    } else {
      EXPECT_TRUE(back.error().is(StatusCode::kLogDamaged));
    }
  }
  EXPECT_FALSE(decode_record(good + '\0').has_value());
}

/// What is accepted is what encode_record makes: no two encodings of one record.
TEST(Record, DamagedPayloadIsRefusedOrIsTheEncodingOfWhatItSays) {
  std::mt19937 random(7);
  for (int i = 0; i < 20000; ++i) {
    auto bytes = encode_record(random_record(random));
    for (auto flips = 1 + random() % 3; flips > 0; --flips) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    if (random() % 4 == 0) bytes.resize(random() % (bytes.size() + 1));
    const auto back = decode_record(bytes);
    if (back) {
      ASSERT_EQ(encode_record(*back), bytes);
    }
  }
}

TEST(Record, PureNoiseDoesNoHarm) {
  std::mt19937 random(8);
  for (int i = 0; i < 20000; ++i) {
    const auto bytes = random_bytes(random, random() % 200);
    const auto back = decode_record(bytes);
    if (back) {
      ASSERT_EQ(encode_record(*back), bytes);
    }
  }
}

TEST(Record, UnknownTypeOutcomeDeciderAndTagAreRefused) {
  const auto good = encode_record(sample(RecordType::kDone, 1));
  for (const auto& [offset, value] : {std::pair{0, 0}, {0, 10}, {0, 0x85}, {1, 5}, {2, 3}}) {
    auto bytes = good;
    bytes[static_cast<std::size_t>(offset)] = static_cast<char>(value);
    const auto back = decode_record(bytes);
    ASSERT_FALSE(back.has_value()) << offset << " " << value;
    EXPECT_TRUE(back.error().is(StatusCode::kLogDamaged));
  }
  EXPECT_FALSE(decode_record(good + std::string("\x08\x01\x00x", 4)).has_value());
  EXPECT_FALSE(decode_record(good + std::string("\x01\x01\x00x", 4)).has_value());
  EXPECT_FALSE(decode_record(good + std::string("\x02\x00\x00", 3)).has_value());
}

TEST(Record, TooLongTextIsRefusedBeforeItIsWritten) {
  auto record = sample(RecordType::kHeuristic, 1);
  record.reason = std::string(kMaxTextSize, 'r');
  EXPECT_TRUE(check_size(record).is_ok());
  record.reason += 'r';
  EXPECT_TRUE(check_size(record).is(StatusCode::kInvalidArgument));
}

TEST(Record, LargestAllowedRecordFitsIntoAFrame) {
  auto record = sample(RecordType::kHeuristic, 1);
  record.xid = *Xid::create(1, std::string(64, 'g'), std::string(64, 'b'));
  record.resource = record.gid = record.server = std::string(kMaxTextSize, 'x');
  record.session = std::string(3800, 'x');
  record.operator_name.clear();
  record.reason.clear();
  ASSERT_TRUE(check_size(record).is_ok());
  EXPECT_LE(encode_record(record).size(), kMaxPayloadSize);
  EXPECT_EQ(decode_record(encode_record(record)), record);
  record.session = record.reason = std::string(kMaxTextSize, 'x');
  EXPECT_TRUE(check_size(record).is(StatusCode::kInvalidArgument));
}

TEST(Record, NamesAreForPeople) {
  EXPECT_EQ(to_string(RecordType::kPreparing), "preparing");
  EXPECT_EQ(to_string(RecordType::kForgotten), "forgotten");
  EXPECT_EQ(to_string(Outcome::kHazard), "hazard");
  EXPECT_EQ(to_string(static_cast<RecordType>(99)), "unknown");
  EXPECT_EQ(to_string(static_cast<Outcome>(99)), "unknown");
}

}  // namespace
}  // namespace xaodbc::log
