#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/ticket.h"
#include "log/segment_tail.h"

namespace xaodbc::log {

/// A record that has its place in a segment and is still to be written. One for each thread, which
/// keeps its room.
struct Placed {
  Ticket ticket;
  std::uint64_t offset = 0;      ///< of its frame
  std::size_t payload_size = 0;  ///< of the frame
  std::shared_ptr<SegmentTail> tail;
  std::uint64_t start = 0;  ///< where `bytes` belong
  std::string bytes;        ///< the frame, behind those in front of it that nobody has written yet
};

}  // namespace xaodbc::log
