#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "log/segment_reader.h"
#include "tests/support/faulty_files.h"
#include "tests/unit/log/samples.h"

/// Segments made by hand, for what reads them.
namespace xaodbc::log {

using support::FaultyFileSystem;

inline const std::filesystem::path kPath = "/log/h-1-0000000000000007.seg";
constexpr std::size_t kSize = 8192;

/// A segment under construction and under attack.
class Segment {
 public:
  explicit Segment(std::string boot_id) {
    header_.id = 7;
    header_.segment_size = kSize;
    header_.boot_id = std::move(boot_id);
    bytes_ = encode_header(header_);
  }

  Segment& carried_so_far() {
    header_.carried_end = static_cast<std::uint32_t>(bytes_.size());
    bytes_.replace(0, kHeaderSize, encode_header(header_));
    return *this;
  }
  /// durable_end: everything so far.
  Segment& add(const Record& record) { return add_payload(encode_record(record), bytes_.size()); }
  Segment& add_unsynced(const Record& record) { return add_payload(encode_record(record), 0); }
  Segment& add_payload(std::string_view payload, std::uint64_t durable_end) {
    offsets_.push_back(bytes_.size());
    bytes_ += encode_frame(header_.id, bytes_.size(), durable_end, payload);
    return *this;
  }

  [[nodiscard]] std::size_t offset(std::size_t record) const { return offsets_[record]; }
  [[nodiscard]] std::size_t end() const { return bytes_.size(); }
  [[nodiscard]] std::string file() const {
    auto whole = bytes_;
    whole.resize(kSize, '\0');
    return whole;
  }

 private:
  SegmentHeader header_;
  std::string bytes_;
  std::vector<std::size_t> offsets_;
};

struct Reading {
  Status status;
  std::vector<Record> records;
  int skipped = 0;
  SegmentEnd end;
};

class SegmentReaderTest : public ::testing::Test {
 protected:
  Segment same_boot() { return Segment(files_.boot_id()); }
  Segment earlier_boot() { return Segment(std::string(16, 'e')); }

  Reading read(std::string bytes) {
    files_.set_contents(kPath, std::move(bytes));
    const auto file = *files_.open(kPath, false);
    Reading reading;
    auto reader = SegmentReader::open(*file, files_.boot_id());
    if (!reader) {
      reading.status = reader.error();
      return reading;
    }
    drain(*reader, reading);
    return reading;
  }

  static void drain(SegmentReader& reader, Reading& reading) {
    for (;;) {
      auto entry = reader.next();
      if (!entry) {
        reading.status = entry.error();
        return;
      }
      if (!*entry) break;
      if ((*entry)->record) {
        reading.records.push_back(*(*entry)->record);
      } else {
        ++reading.skipped;
      }
    }
    reading.end = reader.end();
  }

  Segment three_records() {
    Segment segment = same_boot();
    for (int i = 0; i < 3; ++i) segment.add(sample(RecordType::kPreparing, i));
    return segment;
  }

  FaultyFileSystem files_;
};

inline std::string damaged(std::string bytes, std::size_t from, std::size_t size,
                           char value = '\0') {
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(from), size, value);
  return bytes;
}

}  // namespace xaodbc::log
