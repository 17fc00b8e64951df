#pragma once

#include <memory>
#include <utility>

namespace xaodbc {

/// The calling thread's T, made when it is first asked for and gone with the thread.
///
/// A host calls us even later (I9): exit() ends what the main thread has in thread_local objects
/// before it runs atexit handlers and ends static objects, and a thread's own are gone before its
/// pthread_key destructors run. Then it is made once more, and stays for ever: there is no later
/// moment at which to delete it.
template <class T>
T& of_this_thread() {
  // Neither has a destructor, so both still mean something at that time.
  thread_local T* object = nullptr;
  thread_local bool ends_with_thread = false;
  struct End {
    End() = default;
    End(const End&) = delete;
    End& operator=(const End&) = delete;
    ~End() { const std::unique_ptr<T> last(std::exchange(object, nullptr)); }
  };
  if (object == nullptr) {
    object = std::make_unique<T>().release();
    if (!std::exchange(ends_with_thread, true)) thread_local const End end;
  }
  return *object;
}

}  // namespace xaodbc
