#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <vector>

#include "base/file.h"
#include "bench/allocations.h"
#include "bench/lab.h"
#include "bench/life.h"
#include "bench/verb_loop.h"
#include "log/branch_log.h"

namespace xaodbc::bench {
namespace {

constexpr unsigned kOpen = 200;

/// What `step` leaves allocated each time, in the mean.
double bytes_left_by(const std::function<void(unsigned)>& step) {
  count_allocations(true);
  for (unsigned i = 0; i < kOpen; ++i) step(i);
  count_allocations(false);
  return static_cast<double>(live_bytes()) / kOpen;
}

/// Idle branches hold a connection each; prepared ones of PostgreSQL hold none.
void measure_branches(Lab& lab) {
  VerbLoop loop(add_scripted_resource(lab.config, lab.new_name("memory-"), {}));
  loop.run(Course::kTwoPhases, Unmetered());
  std::vector<XID> xids(kOpen);
  const double idle = bytes_left_by([&](unsigned i) {
    loop.begin(Unmetered());
    xids[i] = loop.xid();
  });
  // Their connections stay in the pool: from here on it is the branch alone that comes and goes.
  for (const XID& xid : xids) {
    loop.set_xid(xid);
    loop.prepare(Unmetered());
    loop.commit(Unmetered());
  }
  const double prepared = bytes_left_by([&](unsigned i) {
    loop.begin(Unmetered());
    loop.prepare(Unmetered());
    xids[i] = loop.xid();
  });
  for (const XID& xid : xids) {
    loop.set_xid(xid);
    loop.commit(Unmetered());
  }
  lab.report.add("idle branch with its connection (without the driver's part)", idle, "bytes");
  lab.report.add("prepared branch", prepared, "bytes");
}

std::uintmax_t size_of(const std::filesystem::path& directory) {
  std::uintmax_t size = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    std::error_code gone;  // the log removes what it has replaced
    const auto bytes = entry.file_size(gone);
    if (!gone) size += bytes;
  }
  return size;
}

void append(log::BranchLog& log, log::Record record) {
  if (const auto ticket = log.append(record); !ticket) {
    throw std::runtime_error(ticket.error().message());
  }
}

/// Eight branches are always open, among them one that stays in doubt.
void pass_through(log::BranchLog& log, std::size_t branches, const std::function<void()>& watch) {
  constexpr std::size_t kOverlap = 8;
  constexpr std::size_t kWatched = 1000;
  std::vector<Life> open;
  append(log, Life("accounts", branches, log.new_birth()).preparing());
  for (std::size_t i = 0; i < branches; ++i) {
    open.emplace_back("accounts", i, log.new_birth());
    append(log, open.back().preparing());
    append(log, open.back().prepared());
    if (open.size() >= kOverlap) {
      append(log, open.front().committing());
      append(log, open.front().done());
      open.erase(open.begin());
    }
    if (i % kWatched == 0) watch();
  }
}

void measure_log(Lab& lab) {
  const support::ScratchDirectory directory;
  const auto log = log::BranchLog::open({.directory = directory.path()}, posix_files());
  if (!log) throw std::runtime_error(log.error().message());
  std::uintmax_t largest = 0;
  std::size_t watched = 0;
  const auto start = std::chrono::steady_clock::now();
  pass_through(**log, lab.options.branches, [&] {
    largest = std::max(largest, size_of(directory.path()));
    if (watched++ % 50 != 0) return;
    lab.report.progress(
        fmt::format("{} of {} branches", (watched - 1) * 1000, lab.options.branches));
  });
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  const auto branches = static_cast<double>(lab.options.branches);
  lab.report.add("branches that passed through the log", branches, "");
  lab.report.add("largest size of the log directory", static_cast<double>(largest) / 1048576,
                 "MiB");
  lab.report.add("records written, without syncs", 4 * branches / took.count(), "per second");
}

}  // namespace

void run_memory(Lab& lab) {
  measure_branches(lab);
  measure_log(lab);
}

}  // namespace xaodbc::bench
