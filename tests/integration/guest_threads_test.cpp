#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <new>
#include <string_view>

#include "tests/integration/tm_kit.h"

namespace xaodbc {
namespace {

/// While true the system gives no thread.
std::atomic<bool> without_threads{false};
/// While true there is no memory for the thread of the library that is named so.
std::atomic<bool> reaper_without_memory{false};
std::atomic<int> refusals{0};

bool is_reaper() {
  char name[16] = {};
  return pthread_getname_np(pthread_self(), name, sizeof name) == 0 &&
         std::string_view(name) == "xaodbc-reaper";
}

}  // namespace
}  // namespace xaodbc

#if defined(__SANITIZE_ADDRESS__) || defined(XAODBC_THREAD_SANITIZER)
constexpr bool kInstead = false;
#else
constexpr bool kInstead = true;

/// In place of the system's, which it calls.
extern "C" __attribute__((visibility("default"))) int create_unless_refused(
    pthread_t* thread, const pthread_attr_t* attributes, void* (*body)(void*),
    void* argument) __asm__("pthread_create");

int create_unless_refused(pthread_t* thread, const pthread_attr_t* attributes, void* (*body)(void*),
                          void* argument) {
  if (xaodbc::without_threads) return EAGAIN;
  static const auto real =
      reinterpret_cast<decltype(&create_unless_refused)>(dlsym(RTLD_NEXT, "pthread_create"));
  return real(thread, attributes, body, argument);
}

/// In place of operator new.
__attribute__((visibility("default"))) void* allocate_unless_refused(std::size_t size) __asm__(
    "_Znwm");

void* allocate_unless_refused(std::size_t size) {
  const bool refused = xaodbc::reaper_without_memory && xaodbc::is_reaper();
  void* const memory = refused ? nullptr : std::malloc(size);
  if (memory != nullptr) return memory;
  ++xaodbc::refusals;
  xaodbc::refusals.notify_all();
  throw std::bad_alloc();
}
#endif

namespace xaodbc {
namespace {

/// I9: what the library's own threads lack is no end of the host.
class GuestThreadsTest : public TmTest {
 protected:
  GuestThreadsTest() { config_.add_resource("accounts", {{"branch_timeout", "1"}}); }
  void SetUp() override {
    if (!kInstead) GTEST_SKIP() << "the sanitizer has functions of its own here";
  }
};
XAODBC_ON_BOTH_DATABASES(GuestThreadsTest);

TEST_P(GuestThreadsTest, CallIsBoundedThoughThereWasNoThreadForTheWatchAtFirst) {
  const auto in_a_fresh_process = [&] {
    without_threads = true;
    const odbc::Kit kit(server());
    const auto connection = kit.connect();
    without_threads = false;
    const auto answer =
        connection->execute(on_mariadb() ? "SELECT SLEEP(10)" : "SELECT pg_sleep(10)",
                            Deadline::after(std::chrono::milliseconds(100)));
    EXPECT_TRUE(answer.lost);
  };
  EXPECT_EQ(run_in_child(in_a_fresh_process), exited(0));
}

TEST_P(GuestThreadsTest, ReaperThatHadNoMemoryRollsBackInALaterRound) {
  const auto in_a_process_of_its_own = [&] {
    ASSERT_EQ(tm_.open(), XA_OK);
    begin(tm_, xid_, row_);
    reaper_without_memory = true;
    refusals.wait(0);
    reaper_without_memory = false;
    EXPECT_FALSE(has_row(row_)) << "waits for the row's lock";
    EXPECT_EQ(tm_.end(xid_), XA_RBTIMEOUT);
    EXPECT_EQ(tm_.rollback(xid_), XA_OK);
  };
  EXPECT_EQ(run_in_child(in_a_process_of_its_own), exited(0));
}

}  // namespace
}  // namespace xaodbc
