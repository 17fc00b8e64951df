#include "recovery/demo.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <system_error>
#include <utility>

#include "base/clock.h"
#include "base/text.h"
#include "recovery/console.h"
#include "recovery/demo_bank.h"
#include "recovery/demo_child.h"
#include "recovery/demo_narrator.h"
#include "recovery/demo_steps.h"
#include "recovery/report.h"

namespace xaodbc::recovery {
namespace {

constexpr long kSum = 4 * kFirstBalance;

/// A directory of its own, gone with the object.
class Scratch {
 public:
  Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "xaodbc-demo-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code error;
    if (!path_.empty()) std::filesystem::remove_all(path_, error);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// The story. The transaction manager lives in child processes, so that it can be killed; this
/// process looks on.
class Story {
 public:
  Story(DemoOptions options, DemoBanks banks)
      : options_(std::move(options)), banks_(std::move(banks)) {}

  Status tell() {
    Status (Story::*const chapters[])() = {&Story::open_accounts, &Story::move_money, &Story::crash,
                                           &Story::look, &Story::recover};
    for (const auto chapter : chapters) {
      if (Status status = (this->*chapter)(); !status.is_ok()) return status;
    }
    return Status::ok();
  }

  /// Also after a failure: what the children left behind is finished, and the tables go.
  Status clean_up() {
    if (!recovered_) (void)run_child(options_, demo_step::kRecover).has_value();
    return banks_.drop_accounts();
  }

 private:
  Status open_accounts() {
    narrator_.chapter(1, "Two banks, two accounts each");
    if (Status status = banks_.create_accounts(); !status.is_ok()) return status;
    narrator_.tell(fmt::format("{} is a {} database, {} a {} database", kBanks[0],
                               banks_.describe(0), kBanks[1], banks_.describe(1)));
    return check_sum();
  }

  Status move_money() {
    narrator_.chapter(2, "A transaction manager moves money, all at once or not at all");
    const auto end = run_child(options_, demo_step::kTransfers);
    if (!end) return end.error();
    expected_moved_ = kMovedByTransfers;
    return check_balances();
  }

  Status crash() {
    narrator_.chapter(3, "It crashes between the two phases, twice");
    recovered_ = false;
    for (const char* const step : {demo_step::kCrashDecided, demo_step::kCrashUndecided}) {
      const auto end = run_child(options_, step);
      if (!end) return end.error();
      if (*end != ChildEnd::kKilled) return {StatusCode::kInternal, "it should have been killed"};
    }
    narrator_.notice("both banks keep what is prepared; nobody sees it yet");
    return check_balances();
  }

  Status look() {
    narrator_.chapter(4, "What an operator sees: xaodbc scan bank-a bank-b");
    auto scan = scan_all(options_.ini, {kBanks[0], kBanks[1]}, posix_files());
    if (!scan) return scan.error();
    if (!scan->errors.empty()) return {StatusCode::kInternal, scan->errors.front().message};
    Report report = make_report(*std::move(scan));
    const std::int64_t now_us = wall_time_us();
    keep_relevant(report, std::nullopt, now_us);
    narrator_.quote(to_text(report, now_us));
    const auto ours = count_ours(report);
    if (ours != 4) return {StatusCode::kInternal, fmt::format("{} branches, not 4", ours)};
    narrator_.notice("four branches in doubt: two transfers at two banks, their rows locked");
    return Status::ok();
  }

  Status recover() {
    narrator_.chapter(5, "The transaction manager starts again and recovers");
    const auto end = run_child(options_, demo_step::kRecover);
    if (!end) return end.error();
    recovered_ = true;
    narrator_.notice("the decided transfer is complete, the undecided one never happened");
    expected_moved_ += kMovedByDecided;
    if (Status status = check_balances(); !status.is_ok()) return status;
    auto scan = scan_all(options_.ini, {kBanks[0], kBanks[1]}, posix_files());
    if (!scan) return scan.error();
    Report report = make_report(*std::move(scan));
    keep_relevant(report, std::nullopt, wall_time_us());
    if (count_ours(report) != 0) return {StatusCode::kInternal, "branches are still in doubt"};
    narrator_.proved("nothing of it is in doubt any more");
    return Status::ok();
  }

  [[nodiscard]] std::size_t count_ours(const Report& report) const {
    const std::string prefix = demo_run(options_.directory) + "-";
    std::size_t count = 0;
    for (const Line& line : report.lines) count += line.facts.xid.gtrid().starts_with(prefix);
    return count;
  }

  Status check_sum() {
    const auto balances = banks_.balances();
    if (!balances) return balances.error();
    balances_ = *balances;
    long sum = 0;
    std::string shown;
    for (std::size_t bank = 0; bank < kBanks.size(); ++bank) {
      for (std::size_t pair = 0; pair < kPairs; ++pair) {
        sum += balances_[bank][pair];
        shown += fmt::format("{} {}, ", kOwners[bank][pair], balances_[bank][pair]);
      }
    }
    shown += fmt::format("together {}", sum);
    if (sum != kSum) return {StatusCode::kInternal, shown + fmt::format(", not {}", kSum)};
    narrator_.proved(shown);
    return Status::ok();
  }

  Status check_balances() {
    if (Status status = check_sum(); !status.is_ok()) return status;
    const long first = kFirstBalance - expected_moved_;
    const long last = kFirstBalance + expected_moved_;
    const Balances expected{{{first, kFirstBalance}, {last, kFirstBalance}}};
    if (balances_ == expected) return Status::ok();
    return {StatusCode::kInternal,
            fmt::format("{} should have {}, {} {}, the others {}", kOwners[0][0], first,
                        kOwners[1][0], last, kFirstBalance)};
  }

  DemoOptions options_;
  DemoBanks banks_;
  DemoNarrator narrator_;
  Balances balances_{};
  long expected_moved_ = 0;
  bool recovered_ = true;
};

int fail(const Status& status) {
  DemoNarrator().failed(status.message());
  return 2;
}

int tell_story(const DemoOptions& options) {
  const Scratch scratch;
  if (scratch.path().empty()) return fail({StatusCode::kInternal, "no temporary directory"});
  DemoOptions inner = options;
  inner.directory = scratch.path();
  auto banks = DemoBanks::open(options.ini, demo_run(inner.directory));
  if (!banks) return fail(banks.error());
  Story story(std::move(inner), *std::move(banks));
  const Status told = story.tell();
  const Status cleaned = story.clean_up();
  if (!told.is_ok()) return fail(told);
  if (!cleaned.is_ok()) return fail(cleaned);
  print_out("\nThe tables are dropped. No money was lost, none was made.\n");
  return 0;
}

}  // namespace

int run_demo(const DemoOptions& options) {
  if (options.step.empty()) return tell_story(options);
  const Status status = play_step(options);
  return status.is_ok() ? 0 : fail(status);
}

}  // namespace xaodbc::recovery
