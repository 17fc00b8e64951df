#include "base/process.h"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <new>
#include <utility>

#include "base/signals_blocked.h"

namespace xaodbc {
namespace {

std::atomic<std::uint64_t> generation{1};

void note_fork_in_child() { generation.fetch_add(1); }

void* run_body(void* argument) {
  const std::unique_ptr<std::function<void()>> body(static_cast<std::function<void()>*>(argument));
  (*body)();
  return nullptr;
}

/// When the library is loaded: the guard of a function's static could be held by another thread at
/// the moment of a fork.
[[maybe_unused]] const int registered = pthread_atfork(nullptr, nullptr, note_fork_in_child);

}  // namespace

std::uint64_t process_generation() { return generation.load(std::memory_order_relaxed); }

std::uint64_t this_thread_token() {
  static std::atomic<std::uint64_t> next{1};
  thread_local const std::uint64_t token = next.fetch_add(1, std::memory_order_relaxed);
  return token;
}

std::int32_t this_thread_id() {
  thread_local std::uint64_t known_in = 0;
  thread_local std::int32_t id = 0;
  if (known_in != process_generation()) {
    id = static_cast<std::int32_t>(gettid());
    known_in = process_generation();
  }
  return id;
}

bool start_guest_thread(const char* name, std::function<void()> body) {
  const SignalsBlocked blocked;
  using Body = std::function<void()>;
  std::unique_ptr<Body> owned(new (std::nothrow) Body(std::move(body)));
  pthread_t thread{};
  const bool started =
      owned != nullptr && pthread_create(&thread, nullptr, run_body, owned.get()) == 0;
  if (!started) return false;
  static_cast<void>(owned.release());
  pthread_setname_np(thread, name);
  pthread_detach(thread);
  return true;
}

}  // namespace xaodbc
