#include "log/format.h"

#include <array>
#include <cstring>

#include "base/crc32c.h"
#include "log/bytes.h"

namespace xaodbc::log {
namespace {

constexpr std::size_t kChecksumSize = 4;

/// Segment and offset are not stored in the frame; a frame that shows up in the wrong file or at
/// the wrong place (a misdirected write, a copy inside some other payload) fails its checksum.
/// `frame` is a whole frame without padding; its own checksum field is left out.
std::uint32_t frame_checksum(std::uint64_t segment_id, std::uint64_t offset,
                             std::string_view frame) {
  std::array<char, 2 * sizeof(std::uint64_t)> place{};
  write_number(place.data(), segment_id);
  write_number(place.data() + sizeof segment_id, offset);
  const auto seed = crc32c(frame.substr(0, 4), crc32c({place.data(), place.size()}));
  return crc32c(frame.substr(4 + kChecksumSize), seed);
}

bool has_right_checksum(std::string_view header) {
  const auto checked = header.substr(0, header.size() - kChecksumSize);
  return ByteReader(header.substr(checked.size())).number<std::uint32_t>() == crc32c(checked);
}

/// Nothing is wrong with it, and its branches are needed: nobody may be told to set it aside.
Status newer(std::uint32_t version) {
  return {StatusCode::kMisconfigured,
          "segment header: format version " + std::to_string(version) + ", this program knows " +
              std::to_string(kVersion) +
              "; it was written by a newer version of xaodbc: use that, or finish its branches " +
              "with that first"};
}

}  // namespace

bool is_zero(std::string_view bytes) {
  return bytes.empty() ||
         (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

std::string encode_header(const SegmentHeader& header) {
  std::string out(kMagic);
  put(out, kVersion);
  put(out, header.pid);
  put(out, static_cast<std::uint64_t>(header.start_time_us));
  put(out, header.id);
  put(out, header.segment_size);
  out.append(header.boot_id, 0, kBootIdSize);
  out.resize(56, '\0');
  out.append(header.host, 0, kMaxHostSize);
  out.resize(kHeaderSize - 2 * kChecksumSize, '\0');
  put(out, header.carried_end);
  put(out, crc32c(out));
  return out;
}

Result<SegmentHeader> decode_header(std::string_view bytes) {
  const auto damaged = [](std::string_view what) {
    return failure(StatusCode::kLogDamaged, "segment header: " + std::string(what));
  };
  ByteReader reader(bytes.substr(0, kHeaderSize));
  if (reader.size() != kHeaderSize) return damaged("the file ends inside it");
  if (*reader.bytes(kMagic.size()) != kMagic) return damaged("not a branch log segment");
  if (!has_right_checksum(bytes.substr(0, kHeaderSize))) return damaged("wrong checksum");
  const auto version = *reader.number<std::uint32_t>();
  if (version > kVersion) return failure(newer(version));
  if (version != kVersion) return damaged("impossible version " + std::to_string(version));
  SegmentHeader header;
  header.pid = *reader.number<std::uint32_t>();
  header.start_time_us = static_cast<std::int64_t>(*reader.number<std::uint64_t>());
  header.id = *reader.number<std::uint64_t>();
  header.segment_size = *reader.number<std::uint64_t>();
  const auto boot_id = *reader.bytes(kBootIdSize);
  if (!is_zero(boot_id)) header.boot_id = boot_id;
  const auto host = *reader.bytes(kMaxHostSize);
  header.host = host.substr(0, host.find('\0'));
  header.carried_end = *reader.number<std::uint32_t>();
  if (encode_header(header) != bytes.substr(0, kHeaderSize)) return damaged("not as it is written");
  if (header.segment_size < kMinSegmentSize || header.segment_size > kMaxSegmentSize) {
    return damaged("impossible segment size " + std::to_string(header.segment_size));
  }
  if (header.carried_end < kHeaderSize || header.carried_end > header.segment_size) {
    return damaged("impossible end of carried-over records");
  }
  return header;
}

std::size_t open_frame(std::string& out) {
  const auto start = out.size();
  out.append(kFrameHeaderSize, '\0');
  return start;
}

void close_frame(std::string& out, std::size_t start, std::uint64_t segment_id,
                 std::uint64_t offset, std::uint64_t durable_end) {
  const auto payload = out.size() - start - kFrameHeaderSize;
  char* const frame = out.data() + start;
  write_number(frame, static_cast<std::uint32_t>(payload));
  write_number(frame + 4 + kChecksumSize, durable_end);
  const auto checksum = frame_checksum(segment_id, offset, {frame, kFrameHeaderSize + payload});
  write_number(frame + 4, checksum);
  out.append(frame_size(payload) - kFrameHeaderSize - payload, '\0');
}

std::string encode_frame(std::uint64_t segment_id, std::uint64_t offset, std::uint64_t durable_end,
                         std::string_view payload) {
  std::string frame;
  frame.reserve(frame_size(payload.size()));
  open_frame(frame);
  frame.append(payload);
  close_frame(frame, 0, segment_id, offset, durable_end);
  return frame;
}

std::optional<std::size_t> promised_frame_size(std::string_view bytes) {
  const auto length = ByteReader(bytes).number<std::uint32_t>();
  if (!length || *length == 0 || *length > kMaxPayloadSize) return std::nullopt;
  return frame_size(*length);
}

std::optional<Frame> parse_frame(std::uint64_t segment_id, std::uint64_t offset,
                                 std::string_view bytes) {
  const auto size = promised_frame_size(bytes);
  if (!size || *size > bytes.size()) return std::nullopt;
  ByteReader reader(bytes);
  const auto length = *reader.number<std::uint32_t>();
  const auto checksum = *reader.number<std::uint32_t>();
  const auto unpadded = bytes.substr(0, kFrameHeaderSize + length);
  if (frame_checksum(segment_id, offset, unpadded) != checksum) return std::nullopt;
  if (!is_zero(bytes.substr(unpadded.size(), *size - unpadded.size()))) return std::nullopt;
  return Frame{*reader.number<std::uint64_t>(), unpadded.substr(kFrameHeaderSize), *size};
}

}  // namespace xaodbc::log
