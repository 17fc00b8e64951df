#include "log/own_segment.h"

#include <algorithm>
#include <utility>

#include "log/lives.h"

namespace xaodbc::log {
namespace {

/// Kept free of new branches for records that have no reservation: completions of branches that
/// another process prepared, marks, second attempts.
constexpr std::uint64_t kSlackDivisor = 16;
constexpr std::uint64_t kMaxSlack = std::uint64_t{64} << 10;

std::uint64_t frame_size_of(const Record& record) { return frame_size(encoded_size(record)); }

bool can_have_more(const BranchHistory& life) { return !is_mark_only(life); }

}  // namespace

OwnSegment::OwnSegment(std::uint64_t number, std::string name, std::shared_ptr<File> file,
                       SegmentHeader header)
    : number_(number),
      name_(std::move(name)),
      file_(std::move(file)),
      header_(std::move(header)),
      index_(file_, header_.id) {}

std::uint64_t OwnSegment::size_for(const CarryOver& carried, const Record* next) {
  std::uint64_t size = kHeaderSize;
  for (const auto& life : carried.live) {
    for (const auto& record : life.records) size += frame_size_of(record);
    if (can_have_more(life)) size += Reservations::needed_after(life.records.front());
  }
  for (const auto& record : carried.ends) size += frame_size_of(record);
  if (next != nullptr) size += frame_size_of(*next) + Reservations::needed_after(*next);
  return size + size / (kSlackDivisor - 1) + kFrameAlignment;
}

Status OwnSegment::begin(const CarryOver& carried) {
  std::string bytes(kHeaderSize, '\0');
  std::vector<std::pair<const Record*, std::uint64_t>> placed;
  const auto place = [&](const Record& record) {
    const auto offset = bytes.size();
    // The segment gets its name only after all of this is synced: whoever sees a frame may count on
    // everything in front of it.
    bytes += encode_frame(header_.id, offset, offset, encode_record(record));
    placed.emplace_back(&record, offset);
  };
  for (const auto& life : carried.live) {
    for (const auto& record : life.records) place(record);
  }
  for (const auto& record : carried.ends) place(record);
  if (bytes.size() > size()) {
    return {StatusCode::kLogFull,
            "the live branches do not fit into " + std::to_string(size()) + " bytes"};
  }
  header_.carried_end = static_cast<std::uint32_t>(bytes.size());
  bytes.replace(0, kHeaderSize, encode_header(header_));
  if (auto status = file_->write_at(0, bytes); !status.is_ok()) return status;
  end_ = bytes.size();
  tail_ = std::make_shared<SegmentTail>(file_, end_);
  for (const auto& [record, offset] : placed) {
    if (auto status = index_.add(*record, offset); !status.is_ok()) return status;
  }
  for (const auto& life : carried.live) {
    if (can_have_more(life)) reservations_.open(life.records);
  }
  return {};
}

bool OwnSegment::has_room(const Record& record) const {
  const auto frame = frame_size_of(record);
  const auto taken = end_ + reservations_.total();
  if (record.type == RecordType::kPreparing) {
    return taken + frame + Reservations::needed_after(record) + slack() <= size();
  }
  return taken + frame - reservations_.covered(record, frame) <= size();
}

void OwnSegment::place(const Record& record, std::uint64_t durable_end, Placed& placed) {
  const auto size = frame_size_of(record);
  // All memory is had before anything has changed: a frame without owner would never be noted.
  tail_->make_room(size);
  auto& unwritten = tail_->unwritten();
  placed.bytes.reserve(unwritten.size() + size);
  reserve_for(record);
  const auto frame = open_frame(unwritten);
  append_record(unwritten, record);
  placed.payload_size = unwritten.size() - frame - kFrameHeaderSize;
  close_frame(unwritten, frame, header_.id, end_, durable_end);
  placed.offset = end_;
  end_ += size;
  placed.ticket = {number_, end_};
  placed.tail = tail_;
  placed.start = tail_->start();
  placed.bytes.assign(unwritten);
}

Status OwnSegment::note(const Record& record, const Placed& placed) {
  const auto key = branch_key(record.resource, record.xid);
  const auto payload = placed.offset - placed.start + kFrameHeaderSize;
  const std::string_view bytes(placed.bytes.data() + payload, placed.payload_size);
  auto status = index_.add(key, bytes, placed.offset);
  if (may_finish(record.type) && !index_.pending().contains(key)) reservations_.close(record);
  return status;
}

void OwnSegment::reserve_for(const Record& record) {
  if (record.type == RecordType::kPreparing) {
    reservations_.open({&record, 1});
  } else {
    reservations_.use(record);
  }
}

std::uint64_t OwnSegment::slack() const { return std::min(size() / kSlackDivisor, kMaxSlack); }

}  // namespace xaodbc::log
