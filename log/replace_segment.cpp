#include <algorithm>
#include <random>
#include <utility>

#include "base/clock.h"
#include "log/durable_log.h"
#include "log/segment_name.h"

/// How a DurableLog gets a segment. Whatever dies wherever in here, every live branch stands
/// durably in at least one segment with a name:
///   1. allocate under a temporary name     (lost: a leftover, removed by remove_leftovers)
///   2. write what is carried over, sync    (likewise)
///   3. rename, sync the directory          (after it: both old and new, merged by readers)
///   4. remove the old, sync the directory  (so that it cannot come back with a branch whose end is
///                                           dropped from the new one some day)
namespace xaodbc::log {
namespace {

constexpr int kAttempts = 3;
constexpr std::uint64_t kSizeStep = std::uint64_t{4} << 10;
/// A segment is at least so many times as large as what is carried into it; otherwise a log full of
/// live branches would be rewritten for every few records.
constexpr std::uint64_t kGrowth = 2;

std::uint64_t random_id() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

}  // namespace

Status DurableLog::replace_segment(const Record* next) {
  bool complete = refresh().is_ok();
  const auto dead =
      complete && options_.adopt_dead_segments ? lock_dead_segments() : std::vector<Dead>();
  if (!dead.empty()) complete = refresh().is_ok();  // as in adopt()
  Status status;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    // Others may go on writing into the old segment while the new one is being allocated, so that
    // more has to be carried over in the end than was planned for.
    bool grown = false;
    status = try_replace(dead, complete, next, grown);
    if (status.is_ok() || !grown) break;
  }
  if (status.is_ok()) remove_dead(dead);
  return status;
}

Status DurableLog::try_replace(const std::vector<Dead>& dead, bool complete, const Record* next,
                               bool& grown) {
  std::uint64_t size = options_.segment_size;
  {
    const std::lock_guard lock(append_mutex_);
    const auto planned = carry_over(dead, complete);
    if (!planned) return planned.error();
    size = std::max(size, kGrowth * OwnSegment::size_for(*planned, next));
  }
  auto fresh = allocate((size + kSizeStep - 1) / kSizeStep * kSizeStep);
  if (!fresh) return fresh.error();
  auto& segment = fresh->segment;
  commit_.expect(segment->number());

  std::unique_ptr<OwnSegment> old;
  {
    std::unique_lock lock(append_mutex_);
    await_writers(lock);
    const auto carried = carry_over(dead, complete);
    grown = carried && OwnSegment::size_for(*carried, next) > segment->size();
    auto status = carried ? Status() : carried.error();
    if (grown) status = Status(StatusCode::kLogFull, "the live branches grew too fast");
    if (status.is_ok()) status = segment->begin(*carried);
    if (status.is_ok()) status = publish(*fresh);
    if (!status.is_ok()) return status;
    old = std::exchange(own_, std::move(segment));
    commit_.switch_to(own_->number(), own_->tail());
  }
  if (old && files_.remove(options_.directory / old->name()).is_ok()) {
    // Not synced is not lost: the old segment may come back with the power and is adopted then.
    (void)files_.sync_directory(options_.directory).is_ok();
  }
  return {};
}

Result<CarryOver> DurableLog::carry_over(const std::vector<Dead>& dead, bool complete) {
  Indexes leaving;
  Indexes staying;
  if (own_) leaving.push_back(&own_->index());
  for (const auto& [name, neighbour] : neighbours_.segments()) {
    const bool leaves = std::any_of(dead.begin(), dead.end(),
                                    [&key = name](const Dead& one) { return one.name == key; });
    (leaves ? leaving : staying).push_back(&neighbour->index);
  }
  const auto now = wall_time_us();
  return complete ? select_carry_over(leaving, staying, now) : carry_over_everything(leaving, now);
}

Result<DurableLog::Fresh> DurableLog::allocate(std::uint64_t size) {
  if (size > kMaxSegmentSize) {
    return failure(StatusCode::kLogFull, "more live branches than a segment can hold");
  }
  Status status;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    SegmentHeader header;
    header.pid = pid_;
    header.start_time_us = wall_time_us();
    header.id = random_id();
    header.segment_size = size;
    header.boot_id = files_.boot_id();
    header.host = host_;
    auto name = segment_name(host_, pid_, header.id);
    auto path = options_.directory / name;
    auto temporary = options_.directory / temporary_name(name);
    auto created = files_.create(temporary, size);
    if (!created) return failure(created.error());
    Unpublished made(files_, std::move(temporary), std::move(path));
    auto file = open_files_.track(std::move(*created));
    // Another process may take a file without lock for a leftover and remove it.
    const auto locked = file->try_lock();
    const auto links = file->link_count();
    if (locked && *locked && links && *links > 0) {
      return Fresh{std::make_unique<OwnSegment>(++last_number_, std::move(name), std::move(file),
                                                std::move(header)),
                   std::move(made)};
    }
    status = !locked ? locked.error()
                     : Status(StatusCode::kInternal, "cannot lock " + made.temporary().string());
  }
  return failure(std::move(status));
}

Status DurableLog::publish(Fresh& fresh) {
  if (auto status = fresh.segment->file()->sync(); !status.is_ok()) return status;
  auto status = files_.rename(fresh.file.temporary(), fresh.file.path());
  if (status.is_ok()) status = files_.sync_directory(options_.directory);
  if (status.is_ok()) fresh.file.was_published();
  return status;
}

}  // namespace xaodbc::log
