#include <signal.h>

#include <cerrno>
#include <utility>

#include "base/clock.h"
#include "log/durable_log.h"
#include "log/misconfigured.h"
#include "log/segment_name.h"

namespace xaodbc::log {
namespace {

bool process_is_alive(std::uint32_t pid) {
  return ::kill(static_cast<pid_t>(pid), 0) == 0 || errno != ESRCH;
}

}  // namespace

Status DurableLog::start() {
  const std::lock_guard directory_lock(directory_mutex_);
  if (auto status = files_.create_directories(options_.directory); !status.is_ok()) {
    return misconfigured(status);
  }
  if (auto status = refresh(); !status.is_ok()) return status;
  if (!options_.adopt_dead_segments) return {};
  if (auto status = probe_directory(); !status.is_ok()) return misconfigured(status);
  remove_leftovers();
  return adopt();
}

/// Better to hear of missing rights now than in the first prepare.
Status DurableLog::probe_directory() {
  const auto path = options_.directory / temporary_name(segment_name(host_, pid_, birth_salt_));
  const auto file = files_.create(path, 0);
  if (!file) return file.error();
  // Somebody of another host may have taken it for a leftover already.
  (void)files_.remove(path).is_ok();
  return {};
}

void DurableLog::remove_leftovers() {
  const auto names = files_.list(options_.directory);
  if (!names) return;
  for (const auto& name : *names) {
    const auto maker = is_temporary_name(name) ? maker_of(name) : std::nullopt;
    if (!maker) continue;
    // The lock decides; the pid only keeps us from racing with somebody who is just creating it.
    const bool local = maker->host == host_in_names(host_);
    if (local && maker->pid != pid_ && process_is_alive(maker->pid)) continue;
    auto opened = files_.open(options_.directory / name, false);
    if (!opened) continue;
    const auto file = open_files_.track(std::move(*opened));
    const auto locked = file->try_lock();
    if (locked && *locked) (void)files_.remove(options_.directory / name).is_ok();
  }
}

Status DurableLog::adopt() {
  const auto dead = lock_dead_segments();
  if (dead.empty()) return {};
  // The dead may have written ends of branches that began in living segments after those were
  // read: without their beginnings the ends would look like nobody's, and be dropped.
  if (auto status = refresh(); !status.is_ok()) return status;
  const auto kept = carry_over(dead, true);
  if (!kept) return kept.error();
  if (kept->live.empty() && kept->ends.empty()) {
    remove_dead(dead);
    return {};
  }
  bool grown = false;
  // A full disk must not keep a process from finishing what is in doubt: the segments are read
  // where they are and stay for the next adopter.
  if (try_replace(dead, true, nullptr, grown).is_ok()) remove_dead(dead);
  return {};
}

std::vector<DurableLog::Dead> DurableLog::lock_dead_segments() {
  std::vector<Dead> dead;
  for (const auto& [name, neighbour] : neighbours_.segments()) {
    if (auto locked = lock_if_dead(*neighbour)) dead.push_back(std::move(*locked));
  }
  return dead;
}

std::optional<DurableLog::Dead> DurableLog::lock_if_dead(Neighbour& neighbour) {
  auto opened = files_.open(options_.directory / neighbour.name, false);
  if (!opened) return std::nullopt;
  auto file = open_files_.track(std::move(*opened));
  const auto locked = file->try_lock();
  if (!locked || !*locked) return std::nullopt;
  // Whoever adopted it before us has removed it and let go of the lock.
  const auto links = file->link_count();
  if (!links || *links == 0) return std::nullopt;
  // Now that nobody writes any more: what stands there is all there will ever be. A damaged segment
  // is neither adopted nor removed (I6); the next reading reports it.
  if (!neighbours_.reread(neighbour).is_ok() || neighbour.incomplete) return std::nullopt;
  return Dead{neighbour.name, std::move(file)};
}

void DurableLog::remove_dead(const std::vector<Dead>& dead) {
  bool removed = false;
  for (const auto& segment : dead) {
    if (!files_.remove(options_.directory / segment.name).is_ok()) continue;
    neighbours_.drop(segment.name);
    removed = true;
  }
  if (removed) (void)files_.sync_directory(options_.directory).is_ok();
}

void DurableLog::remove_own_if_unneeded() {
  if (!own_ || !refresh().is_ok()) return;
  const std::lock_guard lock(append_mutex_);
  const auto kept = carry_over({}, true);
  if (!kept || !kept->live.empty() || !kept->ends.empty()) return;
  if (files_.remove(options_.directory / own_->name()).is_ok()) {
    (void)files_.sync_directory(options_.directory).is_ok();
  }
}

}  // namespace xaodbc::log
