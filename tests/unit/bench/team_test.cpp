#include "bench/team.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <set>
#include <stdexcept>

namespace xaodbc::bench {
namespace {

constexpr std::chrono::milliseconds kRound{20};

TEST(TeamTest, CountsTheWorkOfAllThreadsInARound) {
  std::atomic<unsigned> done{0};
  Team team(3, [&](unsigned) { return [&] { ++done; }; });
  EXPECT_EQ(done, 0U);
  const auto start = std::chrono::steady_clock::now();
  const Pace pace = team.run(kRound);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  // The round is a part of the time around it.
  EXPECT_GE(pace.per_second * took.count() * 1.001, done);
  EXPECT_GT(pace.per_second, 0);
  EXPECT_LE(pace.per_second * kRound.count() / 1000 * 0.999, done);
}

TEST(TeamTest, RestsBetweenRounds) {
  std::atomic<unsigned> done{0};
  Team team(2, [&](unsigned) { return [&] { ++done; }; });
  team.run(kRound);
  const unsigned after_first = done;
  std::this_thread::sleep_for(kRound);
  EXPECT_EQ(done, after_first);
  team.run(kRound);
  EXPECT_GT(done, after_first);
}

TEST(TeamTest, WhatAThreadHasOpenIsClosedInThatThread) {
  struct Held {
    std::thread::id opened = std::this_thread::get_id();
    std::atomic<unsigned>& closed;
    explicit Held(std::atomic<unsigned>& counter) : closed(counter) {}
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    ~Held() {
      if (opened == std::this_thread::get_id()) ++closed;
    }
  };
  std::atomic<unsigned> closed{0};
  {
    Team team(4, [&](unsigned) {
      return [held = std::make_shared<Held>(closed)] { static_cast<void>(held); };
    });
    team.run(kRound);
  }
  EXPECT_EQ(closed, 4U);
}

TEST(TeamTest, FailureWhileGettingReadyIsTold) {
  const auto recruit = [](unsigned index) {
    if (index == 1) throw std::runtime_error("no connection");
    return [] {};
  };
  EXPECT_THROW(Team(3, recruit), std::runtime_error);
}

TEST(TeamTest, FailureAtWorkEndsTheRoundAtOnce) {
  Team team(2, [](unsigned index) {
    return [index] {
      if (index == 1) throw std::runtime_error("refused");
    };
  });
  EXPECT_THROW(team.run(std::chrono::hours(1)), std::runtime_error);
}

}  // namespace
}  // namespace xaodbc::bench
