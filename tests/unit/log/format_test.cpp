#include "log/format.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "base/crc32c.h"
#include "base/text.h"
#include "log/bytes.h"
#include "log/record.h"

namespace xaodbc::log {
namespace {

SegmentHeader example_header() {
  SegmentHeader header;
  header.pid = 4242;
  header.start_time_us = 1767225600000000;
  header.id = 0x0123456789abcdef;
  header.segment_size = 4194304;
  header.boot_id = *from_hex("00112233445566778899aabbccddeeff");
  header.host = "db1";
  return header;
}

Record example_preparing() {
  Record record;
  record.type = RecordType::kPreparing;
  record.xid = *Xid::create(4711, "order-17", "acc");
  record.resource = "accounts";
  record.birth = 0x1929bcc49e1005;
  record.time_us = 1767225600000500;
  record.pid = 4242;
  record.gid = "xa1.3mv.b3JkZXItMTc.YWNj.5fWxQ0k";
  record.server = "pg:7301234567890123456/app";
  record.session = "9001@1767225599";
  return record;
}

Record example_done() {
  const Record preparing = example_preparing();
  Record record;
  record.type = RecordType::kDone;
  record.xid = preparing.xid;
  record.resource = preparing.resource;
  record.birth = preparing.birth;
  record.time_us = preparing.time_us + 700;
  record.pid = preparing.pid;
  record.outcome = Outcome::kCommitted;
  return record;
}

/// The hex dump under "## Example" of FORMAT.md.
std::string documented_bytes() {
  std::ifstream file(XAODBC_SOURCE_DIR "/log/FORMAT.md");
  std::string bytes;
  bool in_example = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("## ")) in_example = line == "## Example";
    if (!in_example || !line.starts_with("    0")) continue;
    std::istringstream words(line.substr(4 + 6));
    for (std::string word; words >> word;) bytes += *from_hex(word);
  }
  return bytes;
}

TEST(Format, ExampleInTheDocumentIsWhatTheProgramWrites) {
  std::string bytes = encode_header(example_header());
  for (const auto& record : {example_preparing(), example_done()}) {
    bytes += encode_frame(example_header().id, bytes.size(), bytes.size(), encode_record(record));
  }
  EXPECT_EQ(to_hex(bytes), to_hex(documented_bytes()));
}

TEST(Format, ExampleInTheDocumentIsReadAsTheDocumentSays) {
  const auto bytes = documented_bytes();
  const auto header = decode_header(bytes);
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(*header, example_header());
  const auto first = parse_frame(header->id, 0x80, std::string_view(bytes).substr(0x80));
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(decode_record(first->payload), example_preparing());
  const auto second = parse_frame(header->id, 0x120, std::string_view(bytes).substr(0x120));
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(decode_record(second->payload), example_done());
}

TEST(Format, EveryFlippedBitOfAHeaderIsNoticed) {
  const auto good = encode_header(example_header());
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    auto bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    const auto header = decode_header(bad);
    ASSERT_FALSE(header.has_value()) << bit;
    EXPECT_TRUE(header.error().is(StatusCode::kLogDamaged));
  }
}

TEST(Format, WholeHeaderOfANewerVersionIsNoDamage) {
  auto bytes = encode_header(example_header());
  bytes.resize(kHeaderSize - sizeof(std::uint32_t));
  write_number(bytes.data() + kMagic.size(), kVersion + 1);
  put(bytes, crc32c(bytes));
  const auto header = decode_header(bytes);
  ASSERT_FALSE(header.has_value());
  EXPECT_TRUE(header.error().is(StatusCode::kMisconfigured));
  EXPECT_NE(header.error().message().find("format version 2"), std::string::npos);
  EXPECT_NE(header.error().message().find("newer version"), std::string::npos);
}

TEST(Format, HeaderOfImpossibleSizesIsRefusedInSpiteOfItsChecksum) {
  auto header = example_header();
  header.segment_size = kMaxSegmentSize + 1;
  EXPECT_FALSE(decode_header(encode_header(header)).has_value());
  header.segment_size = kMinSegmentSize - 1;
  EXPECT_FALSE(decode_header(encode_header(header)).has_value());
  header = example_header();
  header.carried_end = static_cast<std::uint32_t>(header.segment_size) + 1;
  EXPECT_FALSE(decode_header(encode_header(header)).has_value());
  header.carried_end = kHeaderSize - 1;
  EXPECT_FALSE(decode_header(encode_header(header)).has_value());
}

TEST(Format, HeaderCutAtAnyByteIsRefused) {
  const auto good = encode_header(example_header());
  ASSERT_EQ(good.size(), kHeaderSize);
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(decode_header(good.substr(0, size)).has_value());
  }
}

TEST(Format, UnknownVersionWithAWrongChecksumIsDamage) {
  auto bytes = encode_header(example_header());
  bytes[8] = 2;
  const auto header = decode_header(bytes);
  ASSERT_FALSE(header.has_value());
  EXPECT_TRUE(header.error().is(StatusCode::kLogDamaged));
  EXPECT_NE(header.error().message().find("wrong checksum"), std::string::npos);
}

TEST(Format, UnknownBootAndLongHostSurviveTheHeader) {
  auto header = example_header();
  header.boot_id.clear();
  header.host = std::string(kMaxHostSize, 'h');
  EXPECT_EQ(*decode_header(encode_header(header)), header);
  header.host += "more";
  EXPECT_EQ(decode_header(encode_header(header))->host, std::string(kMaxHostSize, 'h'));
}

TEST(Format, EveryFlippedBitOfAFrameIsNoticed) {
  const auto good = encode_frame(7, 4096, 1024, encode_record(example_done()));
  ASSERT_TRUE(parse_frame(7, 4096, good).has_value());
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    auto bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(parse_frame(7, 4096, bad).has_value()) << bit;
  }
}

TEST(Format, FrameCutAtAnyByteIsNone) {
  const auto good = encode_frame(7, 4096, 1024, encode_record(example_done()));
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(parse_frame(7, 4096, good.substr(0, size)).has_value());
  }
}

TEST(Format, FrameCountsOnlyInItsSegmentAndAtItsPlace) {
  const auto frame = encode_frame(7, 4096, 0, "payload");
  EXPECT_TRUE(parse_frame(7, 4096, frame).has_value());
  EXPECT_FALSE(parse_frame(8, 4096, frame).has_value());
  EXPECT_FALSE(parse_frame(7, 4104, frame).has_value());
}

TEST(Format, FramesOfAllSizesAreAlignedAndRead) {
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{7}, std::size_t{8}, std::size_t{9}, kMaxPayloadSize}) {
    const std::string payload(size, 'p');
    const auto frame = encode_frame(1, 128, 64, payload);
    EXPECT_EQ(frame.size() % kFrameAlignment, 0U);
    const auto bytes = frame + "garbage";
    const auto parsed = parse_frame(1, 128, bytes);
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(parsed->payload, payload);
    EXPECT_EQ(parsed->durable_end, 64U);
    EXPECT_EQ(parsed->size, frame.size());
  }
  EXPECT_FALSE(parse_frame(1, 128, encode_frame(1, 128, 0, std::string(kMaxPayloadSize + 1, 'p')))
                   .has_value());
}

}  // namespace
}  // namespace xaodbc::log
