#include "bench/allocations.h"

#include <link.h>
#include <malloc.h>

#include <atomic>
#include <cstddef>
#include <cstring>

// The C library's own, under names of ours.
extern "C" {
void* next_malloc(std::size_t size) __asm__("__libc_malloc");
void* next_calloc(std::size_t nmemb, std::size_t size) __asm__("__libc_calloc");
void* next_realloc(void* ptr, std::size_t size) __asm__("__libc_realloc");
void next_free(void* ptr) __asm__("__libc_free");
}

namespace xaodbc::bench {
namespace {

std::atomic<bool> counting{false};
std::atomic<std::int64_t> live{0};
thread_local Allocations of_this_thread;

/// Where libodbc's code lies.
std::uintptr_t manager_begin = 0;
std::uintptr_t manager_end = 0;

int find_manager(dl_phdr_info* info, std::size_t /*size*/, void* /*data*/) {
  if (std::strstr(info->dlpi_name, "libodbc.so") == nullptr) return 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& header = info->dlpi_phdr[i];
    if (header.p_type != PT_LOAD || (header.p_flags & PF_X) == 0) continue;
    manager_begin = info->dlpi_addr + header.p_vaddr;
    manager_end = manager_begin + header.p_memsz;
  }
  return 1;
}

[[maybe_unused]] void* count(void* block, const void* caller) {
  if (block == nullptr || !counting.load(std::memory_order_relaxed)) return block;
  const auto address = reinterpret_cast<std::uintptr_t>(caller);
  const bool manager = address >= manager_begin && address < manager_end;
  ++(manager ? of_this_thread.driver_manager : of_this_thread.bridge);
  const auto size = ::malloc_usable_size(block);
  of_this_thread.bytes += size;
  live.fetch_add(static_cast<std::int64_t>(size), std::memory_order_relaxed);
  return block;
}

[[maybe_unused]] void discount(void* block) {
  if (block == nullptr || !counting.load(std::memory_order_relaxed)) return;
  live.fetch_sub(static_cast<std::int64_t>(::malloc_usable_size(block)), std::memory_order_relaxed);
}

}  // namespace

void count_allocations(bool on) {
  if (on) {
    ::dl_iterate_phdr(find_manager, nullptr);
    live = 0;
    of_this_thread = {};
  }
  counting = on;
}

Allocations& allocations() { return of_this_thread; }

std::int64_t live_bytes() { return live.load(); }

}  // namespace xaodbc::bench

// Not in front of a sanitizer's: nothing is counted then.
#ifndef XAODBC_SANITIZED
#define INTERPOSED extern "C" __attribute__((visibility("default")))

INTERPOSED void* malloc(std::size_t size) {
  return xaodbc::bench::count(next_malloc(size), __builtin_return_address(0));
}

INTERPOSED void* calloc(std::size_t nmemb, std::size_t size) {
  return xaodbc::bench::count(next_calloc(nmemb, size), __builtin_return_address(0));
}

INTERPOSED void* realloc(void* ptr, std::size_t size) {
  xaodbc::bench::discount(ptr);
  return xaodbc::bench::count(next_realloc(ptr, size), __builtin_return_address(0));
}

INTERPOSED void free(void* ptr) {
  xaodbc::bench::discount(ptr);
  next_free(ptr);
}
#endif
