#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

/// The vocabulary of segment files, shared by everything that writes or reads one. FORMAT.md says
/// in prose what stands here in constants; change neither without the other.
namespace xaodbc::log {

constexpr std::string_view kMagic = "xaodbcLG";
constexpr std::uint32_t kVersion = 1;

constexpr std::size_t kMaxHostSize = 64;
constexpr std::size_t kBootIdSize = 16;
constexpr std::size_t kHeaderSize = 128;

constexpr std::size_t kFrameHeaderSize = 16;
/// Frames start at multiples of it, so that a search for the next frame after damage is cheap.
constexpr std::size_t kFrameAlignment = 8;
/// Bounds what a damaged length can make a reader allocate or compare.
constexpr std::size_t kMaxPayloadSize = std::size_t{16} << 10;

constexpr std::uint64_t kMinSegmentSize = std::uint64_t{4} << 10;
constexpr std::uint64_t kMaxSegmentSize = std::uint64_t{1} << 30;

/// Record types with this bit may be skipped by a reader that does not know them.
constexpr std::uint8_t kIgnorable = 0x80;

static_assert(kHeaderSize % kFrameAlignment == 0 && kFrameHeaderSize % kFrameAlignment == 0);
static_assert(kHeaderSize + kFrameHeaderSize < kMinSegmentSize);
static_assert(kMaxSegmentSize <= UINT32_MAX, "indexes keep offsets in 32 bits");

/// True for no bytes, too. As fast as memcmp: unused room of a segment is megabytes of zeros.
bool is_zero(std::string_view bytes);

/// Who writes a segment, and since when.
struct SegmentHeader {
  std::uint32_t pid = 0;
  std::int64_t start_time_us = 0;
  std::uint64_t id = 0;  ///< random; also part of every frame's checksum
  std::uint64_t segment_size = 0;
  /// Everything in front of it was durable before the segment got its name: carried-over records.
  std::uint32_t carried_end = kHeaderSize;
  std::string boot_id;  ///< FileSystem::boot_id() of the writer: kBootIdSize bytes, or empty
  std::string host;

  friend bool operator==(const SegmentHeader&, const SegmentHeader&) = default;
};

/// kHeaderSize bytes. `host` is cut at kMaxHostSize.
std::string encode_header(const SegmentHeader& header);
/// kLogDamaged unless `bytes` are exactly what encode_header makes, kMisconfigured when it is whole
/// and a newer version's; the message has no file name.
Result<SegmentHeader> decode_header(std::string_view bytes);

/// Bytes that a frame with such a payload takes in the file, padding included.
constexpr std::size_t frame_size(std::size_t payload_size) {
  return (kFrameHeaderSize + payload_size + kFrameAlignment - 1) / kFrameAlignment *
         kFrameAlignment;
}

/// One framed payload for `offset` of segment `segment_id`. `durable_end`: everything in front of
/// that offset is known to be on the disk when the frame is written.
std::string encode_frame(std::uint64_t segment_id, std::uint64_t offset, std::uint64_t durable_end,
                         std::string_view payload);

/// The same in two steps, so that the payload need not exist by itself: room for what stands in
/// front of it, and the rest once the payload was appended. The frame starts where `out` ended.
std::size_t open_frame(std::string& out);
void close_frame(std::string& out, std::size_t start, std::uint64_t segment_id,
                 std::uint64_t offset, std::uint64_t durable_end);

/// A frame whose length, checksum and padding are right. `payload` points into the bytes parsed.
struct Frame {
  std::uint64_t durable_end = 0;
  std::string_view payload;
  std::size_t size = 0;  ///< with header and padding
};

/// The frame that starts at `offset` with `bytes`, which may go on behind it. Nothing when there is
/// none, damaged, unfinished or not even begun.
std::optional<Frame> parse_frame(std::uint64_t segment_id, std::uint64_t offset,
                                 std::string_view bytes);

/// What the length field at the front of `bytes` promises, or nothing when it cannot be a length
/// (zero, too large). Fewer bytes than a length field count as nothing.
std::optional<std::size_t> promised_frame_size(std::string_view bytes);

}  // namespace xaodbc::log
