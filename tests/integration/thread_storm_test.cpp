#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <thread>

#include "tests/integration/storm_thread.h"

namespace xaodbc {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kThreads = 16;
constexpr std::size_t kBanks = 4;

long number_from(const char* variable, long otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtol(text, nullptr, 10);
}

/// For which database a server works through timeouts, and for which one it prepares at xa_end.
struct Weather {
  std::string name;
  ServerKind times_out = ServerKind::kPostgresql;
  ServerKind at_end = ServerKind::kMariadb;
};

/// XAODBC_STORM_SECONDS: how long; XAODBC_STORM_SEED: which choices are made (not in which order
/// threads get to make them).
class ThreadStormTest : public testing::TestWithParam<Weather> {
 protected:
  ThreadStormTest() {
    support::start_shared_servers();
    add({"pg", ServerKind::kPostgresql});
    add({"pg2", ServerKind::kPostgresql});
    add({"maria", ServerKind::kMariadb});
    add({"maria2", ServerKind::kMariadb});
  }

  void add(StormBank bank) {
    const bool plain = bank.resource.back() != '2';
    bank.rmid = new_rmid();
    bank.may_be_full = plain && !bank.on_mariadb();
    bank.times_out = !plain && GetParam().times_out == bank.kind;
    bank.at_end = !plain && GetParam().at_end == bank.kind;
    // No call of the storm may be cut: the machine is busy.
    bank.keys.emplace_back("verb_timeout", "120");
    if (bank.may_be_full) bank.keys.emplace_back("connections_max", "6");
    if (bank.times_out) bank.keys.emplace_back("branch_timeout", "1");
    if (bank.at_end) bank.keys.emplace_back("prepare", "at_end");
    odbc::make_ledger(bank.server());
    config_.add_resource(bank.resource, bank.server(), bank.keys);
    banks_.push_back(std::move(bank));
  }

  [[nodiscard]] bool over() const { return HasFailure() || Clock::now() >= end_; }

  std::deque<StormParty> parties(std::mt19937& random) {
    std::deque<StormParty> all;
    for (std::size_t i = 0; i < kBanks; ++i) {
      all.emplace_back(banks_[i], boards_.at(i), figures_, random);
    }
    return all;
  }

  void live(std::deque<StormParty>& parties, std::mt19937& random) {
    const auto pick = [&](int below) {
      return std::uniform_int_distribution<int>(0, below - 1)(random);
    };
    for (auto& party : parties) party.open();
    for (int steps = 20 + pick(300); steps > 0 && !over(); --steps) {
      parties.at(static_cast<std::size_t>(pick(kBanks))).step();
      ++figures_.steps;
    }
    const bool orderly = pick(3) == 0;
    for (auto& party : parties) orderly ? party.leave() : party.desert();
    if (orderly) parties.clear();
  }

  /// One place among the sixteen: threads come and go.
  void keep_a_place_busy(unsigned seed) {
    std::mt19937 random(seed);
    while (!over()) {
      auto all = parties(random);
      std::thread([&] { live(all, random); }).join();
      for (auto& party : all) party.deserted();
      ++figures_.threads;
    }
  }

  void rage() {
    const auto seed = static_cast<unsigned>(
        number_from("XAODBC_STORM_SEED", static_cast<long>(std::random_device()())));
    std::cout << "XAODBC_STORM_SEED=" << seed << std::endl;
    end_ = Clock::now() + std::chrono::seconds(number_from("XAODBC_STORM_SECONDS", 4));
    std::vector<std::thread> places;
    for (unsigned i = 0; i < kThreads; ++i) {
      places.emplace_back([this, seed, i] { keep_a_place_busy(seed + i); });
    }
    for (auto& place : places) place.join();
  }

  void finish_all() {
    std::mt19937 random(1);
    auto all = parties(random);
    for (std::size_t i = 0; i < kBanks; ++i) {
      all[i].open();
      for (const auto& branch : boards_.at(i).live()) all[i].finish(branch);
      all[i].leave();
    }
  }

  /// Every branch came to one end, and its rows are there if and only if that was a commit.
  void expect_rows_as_answered(std::size_t which) {
    const StormBank& bank = banks_[which];
    std::set<std::string> present;
    for (const auto& row : bank.server().execute("SELECT id FROM ledger")) {
      present.insert(row.at(0).value_or("NULL"));
    }
    long committed = 0;
    const auto branches = boards_.at(which).all();
    for (const auto& branch : branches) {
      EXPECT_NE(branch->committed, branch->rolled_back) << support::text_of(branch->xid);
      committed += branch->committed ? 1 : 0;
      for (const auto& row : branch->rows()) {
        EXPECT_EQ(present.contains(row), branch->committed) << support::text_of(branch->xid);
      }
    }
    std::cout << bank.resource << ": " << branches.size() << " branches, " << committed
              << " committed" << std::endl;
    EXPECT_GT(committed, 0);
    EXPECT_GT(static_cast<long>(branches.size()), committed);
    EXPECT_THAT(prepared_on(bank.server()), IsEmpty());
  }

  support::ScratchConfig config_;
  std::vector<StormBank> banks_;
  std::array<StormBoard, kBanks> boards_;
  StormFigures figures_;
  Clock::time_point end_;
};
INSTANTIATE_TEST_SUITE_P(All, ThreadStormTest,
                         testing::Values(Weather{"PostgresqlTimesOutMariadbPreparesAtEnd"},
                                         Weather{"MariadbTimesOutPostgresqlPreparesAtEnd",
                                                 ServerKind::kMariadb, ServerKind::kPostgresql}),
                         [](const auto& instance) { return instance.param.name; });

TEST_P(ThreadStormTest, SixteenThreadsOverFourRmidsLeaveWhatWasAnsweredAndNothingElse) {
  rage();
  finish_all();
  std::cout << figures_.steps << " steps of " << figures_.threads << " threads, "
            << figures_.deserted << " associations deserted, " << figures_.joined << " joined, "
            << figures_.resumed_elsewhere << " resumed elsewhere, " << figures_.scans << " scans"
            << std::endl;
  for (std::size_t i = 0; i < kBanks; ++i) expect_rows_as_answered(i);
  EXPECT_THAT(live_in_log(config_.log_directory()), IsEmpty());
  EXPECT_GT(figures_.deserted, 0);
  EXPECT_GT(figures_.joined, 0);
  EXPECT_GT(figures_.resumed_elsewhere, 0);
}

}  // namespace
}  // namespace xaodbc
