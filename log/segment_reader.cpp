#include "log/segment_reader.h"

#include <algorithm>
#include <utility>

namespace xaodbc::log {
namespace {

constexpr std::size_t kWindow = std::size_t{256} << 10;
constexpr std::size_t kFollowWindow = std::size_t{16} << 10;
constexpr std::size_t kBlock = std::size_t{4} << 10;

}  // namespace

Result<SegmentReader> SegmentReader::open(File& file, std::string boot_id) {
  const auto bytes = file.read_at(0, kHeaderSize);
  if (!bytes) return failure(bytes.error());
  auto header = decode_header(*bytes);
  if (!header) return failure(header.error());
  const auto size = file.size();
  if (!size) return failure(size.error());
  return SegmentReader(file, std::move(boot_id), std::move(*header), *size);
}

Result<std::optional<SegmentReader::Entry>> SegmentReader::next() {
  for (;;) {
    const auto frame = frame_at(offset_);
    if (!frame) return failure(frame.error());
    if (*frame) return take(**frame);
    const auto more = resume_after_gap();
    if (!more) return failure(more.error());
    if (!*more) {
      window_.clear();
      return std::nullopt;
    }
  }
}

Result<std::string_view> SegmentReader::view(std::uint64_t offset, std::size_t size) {
  const bool covered = offset >= window_offset_ && offset + size <= window_offset_ + window_.size();
  if (!covered) {
    auto bytes = file_->read_at(offset, std::max(size, rest_is_zero_ ? kFollowWindow : kWindow));
    if (!bytes) return failure(bytes.error());
    window_ = std::move(*bytes);
    window_offset_ = offset;
  }
  return std::string_view(window_).substr(static_cast<std::size_t>(offset - window_offset_));
}

Result<std::optional<Frame>> SegmentReader::frame_at(std::uint64_t offset) {
  const auto front = view(offset, kFrameHeaderSize);
  if (!front) return failure(front.error());
  const auto size = promised_frame_size(*front);
  if (!size || *size > header_.segment_size - offset) return std::optional<Frame>();
  const auto whole = view(offset, *size);
  if (!whole) return failure(whole.error());
  return parse_frame(header_.id, offset, *whole);
}

std::optional<SegmentReader::Entry> SegmentReader::take(const Frame& frame) {
  if (hole_ && frame.durable_end > *hole_) {
    finish(ReadEnd::kCorrupt, *hole_, "damaged, and records behind it say that it was durable");
    return std::nullopt;
  }
  Entry entry{offset_,           frame.size,
              frame.durable_end, static_cast<std::uint8_t>(frame.payload[0]),
              frame.payload,     std::nullopt};
  if ((entry.type & kIgnorable) == 0) {
    auto record = decode_record(frame.payload);
    if (!record) {
      finish(ReadEnd::kCorrupt, offset_, record.error().message());
      return std::nullopt;
    }
    entry.record = std::move(*record);
  }
  offset_ += frame.size;
  return entry;
}

Result<std::optional<std::uint64_t>> SegmentReader::search_frame() {
  saw_garbage_ = false;
  for (auto position = offset_; position < file_size_;) {
    const auto seen = view(position, kBlock);
    if (!seen) return failure(seen.error());
    if (seen->empty()) break;
    if (const auto block = seen->substr(0, kBlock); is_zero(block)) {
      position += block.size();
      continue;
    }
    saw_garbage_ = true;
    const auto block_end = position + kBlock;
    for (; position < block_end; position += kFrameAlignment) {
      if (position == offset_) continue;
      const auto frame = frame_at(position);
      if (!frame) return failure(frame.error());
      if (*frame) return position;
    }
  }
  return std::nullopt;
}

Result<bool> SegmentReader::resume_after_gap() {
  if (rest_is_zero_) {
    const auto ahead = view(offset_, kFollowWindow);
    if (!ahead) return failure(ahead.error());
    if (is_zero(*ahead)) return finish_at_unused_room();
  }
  window_.clear();
  const auto found = search_frame();
  if (!found) return failure(found.error());
  if (*found) return judge_frame_behind(**found);
  if (file_size_ != header_.segment_size) {
    return finish(ReadEnd::kCorrupt, std::min(offset_, file_size_),
                  "the file has " + std::to_string(file_size_) + " bytes, its header says " +
                      std::to_string(header_.segment_size));
  }
  rest_is_zero_ = !saw_garbage_;
  if (!saw_garbage_) return finish_at_unused_room();
  return finish(offset_ < header_.carried_end ? ReadEnd::kCorrupt : ReadEnd::kTorn, offset_,
                "unfinished record at the end");
}

bool SegmentReader::finish_at_unused_room() {
  if (offset_ < header_.carried_end) {
    return finish(ReadEnd::kCorrupt, offset_, "records that were carried over are missing");
  }
  if (hole_) return finish(ReadEnd::kTorn, *hole_, "records lost with the power, never promised");
  return finish(ReadEnd::kClean, offset_, {});
}

Result<bool> SegmentReader::judge_frame_behind(std::uint64_t found) {
  // No record stands in the file before those in front of it: now that a later one was seen, an
  // earlier one that a live writer was still writing at the first look is complete at the second.
  window_.clear();
  const auto again = frame_at(offset_);
  if (!again) return failure(again.error());
  if (*again) return true;
  const auto behind = frame_at(found);
  if (!behind) return failure(behind.error());
  if (!*behind) return true;
  const auto gap = hole_.value_or(offset_);
  if (!power_was_lost_since() ||
      gap < std::max<std::uint64_t>((*behind)->durable_end, header_.carried_end)) {
    return finish(ReadEnd::kCorrupt, offset_, "damaged, and valid records follow");
  }
  hole_ = gap;
  offset_ = found;
  return true;
}

bool SegmentReader::power_was_lost_since() const {
  return header_.boot_id.empty() || boot_id_.empty() || header_.boot_id != boot_id_;
}

bool SegmentReader::finish(ReadEnd how, std::uint64_t offset, std::string what) {
  end_ = {how, offset, std::move(what)};
  return false;
}

Result<Record> read_record(File& file, std::uint64_t segment_id, std::uint64_t offset) {
  const auto bytes = file.read_at(offset, frame_size(kMaxPayloadSize));
  if (!bytes) return failure(bytes.error());
  const auto frame = parse_frame(segment_id, offset, *bytes);
  if (frame) return decode_record(frame->payload);
  return failure(StatusCode::kLogDamaged,
                 "the record at offset " + std::to_string(offset) + " was readable and is not now");
}

}  // namespace xaodbc::log
