#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "base/crc32c.h"
#include "log/branch_log.h"
#include "log/bytes.h"
#include "log/format.h"
#include "recovery/log_commands.h"
#include "recovery/segments.h"
#include "tests/support/scratch_directory.h"
#include "tests/unit/recovery/facts_builder.h"

namespace xaodbc::recovery {

/// A log directory with the segment of a writer that died with branches in doubt.
class Segments : public ::testing::Test {
 protected:
  Segments() {
    log::Options options;
    options.directory = directory();
    options.segment_size = 8192;
    auto log = *log::BranchLog::open(options, posix_files());
    for (int i = 0; i < 3; ++i) {
      log::Record record = make_record(log::RecordType::kPreparing);
      record.xid = make_xid("g" + std::to_string(i));
      record.birth = log->new_birth();
      const auto ticket = log->append_and_sync(record);
      EXPECT_TRUE(ticket.has_value());
      EXPECT_TRUE(log->wait(*ticket, Deadline::after(std::chrono::seconds(10))).is_ok());
    }
  }

  [[nodiscard]] std::filesystem::path directory() const { return scratch_.path() / "log"; }
  [[nodiscard]] std::filesystem::path segment() const {
    const auto paths = list_segments({directory()}, posix_files());
    EXPECT_TRUE(paths.has_value());
    EXPECT_EQ(paths->size(), 1U);
    return paths->empty() ? std::filesystem::path() : paths->front();
  }
  Result<SegmentView> read(std::vector<log::SegmentReader::Entry>* entries = nullptr) {
    return read_segment(segment(), posix_files(), [&](const log::SegmentReader::Entry& entry) {
      if (entries != nullptr) entries->push_back(entry);
    });
  }
  void overwrite(std::uint64_t offset, char byte) {
    std::fstream file(segment(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(offset));
    file.put(byte);
  }
  /// As a version would write it that is not made yet: everything right, and not to be understood.
  void make_newer() {
    std::fstream file(segment(), std::ios::in | std::ios::out | std::ios::binary);
    std::string header(log::kHeaderSize, '\0');
    file.read(header.data(), static_cast<std::streamsize>(header.size()));
    header.resize(header.size() - sizeof(std::uint32_t));
    log::write_number(header.data() + log::kMagic.size(), log::kVersion + 1);
    log::put(header, crc32c(header));
    file.seekp(0);
    file << header;
  }
  void damage_the_middle() {
    std::vector<log::SegmentReader::Entry> entries;
    ASSERT_TRUE(read(&entries).has_value());
    ASSERT_EQ(entries.size(), 3U);
    overwrite(entries[1].offset + 24, '\x7f');
  }
  LogOptions options() { return {"", {segment()}}; }

  support::ScratchDirectory scratch_;
};

}  // namespace xaodbc::recovery
