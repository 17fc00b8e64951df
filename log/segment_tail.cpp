#include "log/segment_tail.h"

#include <algorithm>
#include <exception>
#include <mutex>
#include <utility>

#include "log/unthrown.h"

namespace xaodbc::log {
namespace {

/// Fewer, and those who run wait for one that has lost the processor at the end of its write, which
/// the kernel's lock does not notice.
constexpr int kMostAtWork = 4;

}  // namespace

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

Status SegmentTail::write(std::uint64_t start, std::string_view bytes) noexcept {
  Request own{.start = start, .bytes = bytes};
  if (written_end() >= own.end()) return {};
  const bool entered = enter(own);
  if (!entered && own.waiter.wait() == Waiter::Answer::kDone) return {};
  auto status = unthrown([&] { return write_now(own); });
  if (entered) leave();
  return status;
}

Status SegmentTail::write_now(const Request& request) {
  auto known = written_end();
  if (known >= request.end()) return {};
  const auto from = std::max(known, request.start);
  const auto bytes = request.bytes.substr(static_cast<std::size_t>(from - request.start));
  if (auto status = file_->write_at(from, bytes); !status.is_ok()) return status;
  while (known < request.end() &&
         !written_end_.compare_exchange_weak(known, request.end(), std::memory_order_release)) {
  }
  return {};
}

bool SegmentTail::enter(Request& request) noexcept {
  const std::lock_guard lock(mutex_);
  if (at_work_ == kMostAtWork) {
    request.next = std::exchange(waiting_, &request);
    return false;
  }
  ++at_work_;
  return true;
}

/// Whoever was written for has to hear from a server before it comes again, so this ends.
void SegmentTail::leave() noexcept {
  std::unique_lock lock(mutex_);
  while (waiting_ != nullptr) {
    Request* const first = std::exchange(waiting_, nullptr);
    lock.unlock();
    write_for(first);
    lock.lock();
  }
  --at_work_;
}

/// What was placed last has everything in front of it that is not written yet. When it cannot be
/// written, everybody tries for himself, and hears why.
void SegmentTail::write_for(Request* first) noexcept {
  const Request* furthest = first;
  for (const Request* each = first; each != nullptr; each = each->next) {
    if (each->end() > furthest->end()) furthest = each;
  }
  const bool written = unthrown([&] { return write_now(*furthest); }).is_ok();
  while (first != nullptr) {
    Request& answered = *std::exchange(first, first->next);
    answered.waiter.answer(written ? Waiter::Answer::kDone : Waiter::Answer::kFailed);
  }
}

}  // namespace xaodbc::log
