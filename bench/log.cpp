#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <stdexcept>

#include "base/file.h"
#include "bench/lab.h"
#include "bench/life.h"
#include "bench/log_floor.h"
#include "log/branch_log.h"

namespace xaodbc::bench {
namespace {

using log::BranchLog;

std::shared_ptr<BranchLog> open_log(const std::filesystem::path& directory) {
  auto log = BranchLog::open({.directory = directory}, posix_files());
  if (!log) throw std::runtime_error(log.error().message());
  return *std::move(log);
}

/// Promises and their ends, the smallest lives that leave nothing live behind. The records keep
/// their room from one to the next, as the bridge's do.
class Promises {
 public:
  Promises(std::shared_ptr<BranchLog> log, unsigned thread)
      : log_(std::move(log)), number_(std::uint64_t{thread} << 32) {}

  void operator()() {
    const auto xid = Xid::create(1, "life." + std::to_string(++number_), "a").value();
    preparing_.xid = done_.xid = xid;
    preparing_.birth = done_.birth = log_->new_birth();
    const auto ticket = log_->append_and_sync(preparing_);
    if (!ticket) throw std::runtime_error(ticket.error().message());
    const auto durable = log_->wait(*ticket, Deadline::after(std::chrono::seconds(30)));
    if (!durable.is_ok()) throw std::runtime_error(durable.message());
    if (const auto ended = log_->append(done_); !ended) {
      throw std::runtime_error(ended.error().message());
    }
  }

 private:
  std::shared_ptr<BranchLog> log_;
  std::uint64_t number_;
  log::Record preparing_ = Life("accounts", 1'000'000, 1).preparing();
  log::Record done_ = Life("accounts", 1'000'000, 1).done();
};

std::size_t block_size() {
  const Life life("accounts", 1'000'000, 1);
  return framed_size(life.preparing()) + framed_size(life.done());
}

Contestant contestant(const Lab& lab, const std::string& name, Team& team) {
  return {name, [&lab, &team] { return team.run(lab.options.round); }};
}

OnRound show(Lab& lab, const std::string& what) {
  return [&lab, what](unsigned round) {
    lab.report.progress(fmt::format("{}: round {} of {}", what, round, lab.options.rounds));
  };
}

Team::Recruit log_waiters(const std::shared_ptr<BranchLog>& log) {
  return [log](unsigned thread) { return Promises(log, thread); };
}

/// With what the branch log promises of a record before it is durable.
Team::Recruit noting_waiters(const std::shared_ptr<BareGroupCommit>& bare) {
  return [bare](unsigned) {
    return [bare] {
      bare->commit();
      bare->note();
    };
  };
}

Team::Recruit bare_waiters(const std::shared_ptr<BareGroupCommit>& bare) {
  return [bare](unsigned) { return [bare] { bare->commit(); }; };
}

void measure_waiters(Lab& lab, const std::filesystem::path& directory, unsigned waiters) {
  const auto log = open_log(directory);
  const auto bare = std::make_shared<BareGroupCommit>(directory / "floor", block_size());
  Team logging(waiters, log_waiters(log));
  const auto noted = std::make_shared<BareGroupCommit>(directory / "noted", block_size() / 2,
                                                       BareGroupCommit::Write::kWhenAsked);
  Team floor(waiters, bare_waiters(bare));
  Team noting(waiters, noting_waiters(noted));
  for (const auto& comparison : hold_duel(
           contestant(lab, "bare group commit", floor),
           {contestant(lab, "branch log", logging), contestant(lab, "each its write", noting)},
           lab.options.rounds, show(lab, fmt::format("{} waiters", waiters)))) {
    lab.report.add("group commit", waiters, comparison);
  }
}

void measure_loop(Lab& lab, const std::filesystem::path& directory) {
  const auto log = open_log(directory);
  const auto bare = std::make_shared<BareGroupCommit>(directory / "floor", block_size());
  const auto file = std::make_shared<BlockFile>(directory / "loop", block_size());
  Team loop(1, [file](unsigned) {
    return [file] {
      file->write(1);
      file->sync();
    };
  });
  Team logging(1, log_waiters(log));
  Team grouping(1, bare_waiters(bare));
  for (const auto& comparison : hold_duel(
           contestant(lab, "write, fdatasync", loop),
           {contestant(lab, "branch log", logging), contestant(lab, "bare group commit", grouping)},
           lab.options.rounds, show(lab, "a loop"))) {
    lab.report.add("bare loop", 1, comparison);
  }
}

}  // namespace

/// The floors write blocks as large as the records "preparing" and "done" together, as the branch
/// log does for each branch that it is asked to make durable.
void run_log(Lab& lab) {
  const support::ScratchDirectory directory;
  measure_loop(lab, directory.path());
  for (const unsigned waiters : lab.options.threads) {
    measure_waiters(lab, directory.path(), waiters);
  }
}

}  // namespace xaodbc::bench
