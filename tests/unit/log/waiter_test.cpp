#include "log/waiter.h"

#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "tests/unit/log/log_fixture.h"

namespace xaodbc::log {
namespace {

using Answer = Waiter::Answer;

/// A thread of this process.
bool sleeps(pid_t id) {
  std::ifstream file("/proc/self/task/" + std::to_string(id) + "/stat");
  const std::string stat{std::istreambuf_iterator<char>(file), {}};
  return stat.find(") S ") != std::string::npos;
}

TEST(WaiterTest, AnswersAreGivenWhenTheirHolderLetsGoOfThemAndNotBefore) {
  std::array<Waiter, 3> waiters;
  {
    Answers answers;
    answers.add(waiters[0], Answer::kDone);
    answers.add(waiters[1], Answer::kFailed);
    EXPECT_EQ(waiters[0].answered(), Answer::kNone);
  }
  EXPECT_EQ(waiters[0].answered(), Answer::kDone);
  EXPECT_EQ(waiters[1].answered(), Answer::kFailed);
  EXPECT_EQ(waiters[2].answered(), Answer::kNone);
}

TEST(WaiterTest, AnswerWakesTheThreadThatSleeps) {
  Waiter waiter;
  std::atomic<Answer> heard{Answer::kNone};
  std::atomic<pid_t> id{0};
  std::thread thread([&] {
    id = ::gettid();
    id.notify_one();
    heard = waiter.wait();
  });
  id.wait(0);
  while (!sleeps(id)) std::this_thread::yield();
  {
    Answers answers;
    answers.add(waiter, Answer::kDone);
  }
  thread.join();
  EXPECT_EQ(heard.load(), Answer::kDone);
}

TEST(WaiterTest, DeadlineEndsAWaitWithoutAnswer) {
  Waiter waiter;
  EXPECT_EQ(waiter.wait(Deadline::after(std::chrono::milliseconds(1))), Answer::kNone);
}

class ImpatientTest : public LogTest {};

/// An answer may be found while its waiter gives up: it is on that thread's stack and has to stay
/// until it is given.
TEST_F(ImpatientTest, DeadlinesThatPassWhileAnswersAreGivenLoseNothing) {
  constexpr int kThreads = 8;
  constexpr int kWaits = 3000;
  const auto log = open();
  std::atomic<int> answered{0};
  const auto work = [&](int thread) {
    for (int i = 0; i < kWaits; ++i) {
      const int number = thread * kWaits + i;
      const auto ticket = log->append_and_sync(sample(RecordType::kPreparing, number));
      ASSERT_TRUE(ticket) << ticket.error().message();
      const auto status = log->wait(*ticket, Deadline::after(std::chrono::microseconds(i % 60)));
      answered += status.is_ok() || status.is(StatusCode::kRetry) ? 1 : 0;
      ASSERT_TRUE(append(log, sample(RecordType::kDone, number)).is_ok());
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(work, i);
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(answered, kThreads * kWaits);
}

}  // namespace
}  // namespace xaodbc::log
