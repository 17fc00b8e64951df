#include "log/durable_log.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <random>
#include <unordered_set>
#include <utility>

#include "base/clock.h"
#include "log/lives.h"

namespace xaodbc::log {
namespace {

/// A birth is a time in microseconds above these bits, which differ between processes that begin a
/// branch in the same microsecond.
constexpr unsigned kSaltBits = 12;

std::string host_name() {
  std::array<char, kMaxHostSize + 1> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return {};
  return name.data();
}

std::uint64_t random_salt() { return std::random_device()() & ((1U << kSaltBits) - 1); }

}  // namespace

Result<std::shared_ptr<BranchLog>> BranchLog::open(Options options, FileSystem& files) {
  auto log = std::make_shared<DurableLog>(std::move(options), files);
  if (auto status = log->start(); !status.is_ok()) return failure(std::move(status));
  return log;
}

DurableLog::DurableLog(Options options, FileSystem& files)
    : options_(std::move(options)),
      files_(files),
      host_(host_name()),
      pid_(static_cast<std::uint32_t>(::getpid())),
      birth_salt_(random_salt()),
      board_(options_.directory, files_, open_files_),
      neighbours_(options_.directory, files, open_files_) {}

DurableLog::~DurableLog() {
  commit_.stop();
  const std::lock_guard directory_lock(directory_mutex_);
  remove_own_if_unneeded();
}

std::uint64_t DurableLog::new_birth() {
  const auto now = static_cast<std::uint64_t>(wall_time_us());
  auto last = last_birth_us_.load();
  std::uint64_t next = 0;
  do {
    next = std::max(now, last + 1);
  } while (!last_birth_us_.compare_exchange_weak(last, next));
  return (next << kSaltBits) | birth_salt_;
}

Result<Ticket> DurableLog::append_and_sync(Record& record) {
  auto ticket = write(record);
  if (!ticket) return ticket;
  if (auto status = commit_.request(*ticket); !status.is_ok()) return failure(std::move(status));
  return ticket;
}

Status DurableLog::wait(Ticket ticket, Deadline deadline) { return commit_.wait(ticket, deadline); }

Status DurableLog::refresh(Neighbours::Stamp stamp) {
  auto status = neighbours_.refresh(own_ ? own_->name() : std::string_view(), stamp);
  // A clock that was set back must not make this process repeat births that others have used.
  const auto seen = neighbours_.newest_birth() >> kSaltBits;
  auto last = last_birth_us_.load();
  while (last < seen && !last_birth_us_.compare_exchange_weak(last, seen)) {
  }
  return status;
}

Status DurableLog::collect(std::uint64_t key, std::vector<Record>& out) {
  for (const auto& [name, neighbour] : neighbours_.segments()) {
    if (auto status = neighbour->index.collect(key, out); !status.is_ok()) return status;
  }
  const std::lock_guard lock(append_mutex_);
  return own_ ? own_->index().collect(key, out) : Status();
}

Result<std::optional<BranchHistory>> DurableLog::find(std::string_view resource, const Xid& xid) {
  const auto stamp = neighbours_.stamp();
  const std::lock_guard directory_lock(directory_mutex_);
  std::vector<Record> records;
  auto status = refresh(stamp);
  if (status.is_ok()) status = collect(branch_key(resource, xid), records);
  if (!status.is_ok()) return failure(std::move(status));
  std::optional<BranchHistory> newest;
  for (auto& life : merge_lives(std::move(records))) {
    if (life.resource == resource && life.xid == xid) newest = std::move(life);
  }
  return newest;
}

Result<std::vector<BranchHistory>> DurableLog::live(std::string_view resource) {
  const std::lock_guard directory_lock(directory_mutex_);
  if (auto status = refresh(); !status.is_ok()) return failure(std::move(status));
  std::unordered_set<std::uint64_t> keys;
  for (const auto& [name, neighbour] : neighbours_.segments()) {
    keys.insert(neighbour->index.pending().begin(), neighbour->index.pending().end());
  }
  {
    const std::lock_guard lock(append_mutex_);
    if (own_) keys.insert(own_->index().pending().begin(), own_->index().pending().end());
  }
  std::vector<BranchHistory> found;
  for (const auto key : keys) {
    std::vector<Record> records;
    if (auto status = collect(key, records); !status.is_ok()) return failure(std::move(status));
    for (auto& life : merge_lives(std::move(records))) {
      const bool wanted = resource.empty() || life.resource == resource;
      if (wanted && life.is_live() && !fades(life)) found.push_back(std::move(life));
    }
  }
  return found;
}

void DurableLog::abandon_after_fork() noexcept { open_files_.abandon_all(); }

}  // namespace xaodbc::log
