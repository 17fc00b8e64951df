#include "log/segment_tail.h"

#include <algorithm>
#include <exception>

namespace xaodbc::log {

void SegmentTail::make_room(std::size_t size) {
  const auto written = static_cast<std::size_t>(written_end() - start_);
  unwritten_.erase(0, std::min(written, unwritten_.size()));
  start_ += written;
  unwritten_.reserve(unwritten_.size() + size);
}

bool SegmentTail::contains(std::uint64_t start, std::string_view bytes) const noexcept {
  if (start + bytes.size() <= written_end()) return true;
  try {
    const auto there = file_->read_at(start, bytes.size());
    return there && *there == bytes;
  } catch (const std::exception&) {
    return false;
  }
}

Status SegmentTail::write(std::uint64_t start, std::string_view bytes) {
  const auto end = start + bytes.size();
  auto known = written_end();
  if (known >= end) return {};
  if (auto status = file_->write_at(start, bytes); !status.is_ok()) return status;
  while (known < end &&
         !written_end_.compare_exchange_weak(known, end, std::memory_order_release)) {
  }
  return {};
}

}  // namespace xaodbc::log
