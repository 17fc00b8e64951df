#pragma once

#include <cstdint>
#include <functional>

namespace xaodbc {

/// Changes in the child of every fork: what was made under another generation belongs to the
/// parent and must not be touched (I9). One atomic load.
std::uint64_t process_generation();

/// Something that no two threads of this process, living or dead, have in common; never 0.
std::uint64_t this_thread_token();

/// Kernel id of the calling thread.
std::int32_t this_thread_id();

/// Runs `body`, which must not throw, on a detached thread that takes no signal of the host process
/// (I9). False when the system gives no thread or no memory for one.
bool start_guest_thread(const char* name, std::function<void()> body);

}  // namespace xaodbc
