#pragma once

namespace xaodbc {

/// Tells the processor that somebody else is waited for.
inline void pause_a_moment() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// True when `done()` was within a microsecond or so. What another thread brings about in as little
/// is worth a few looks: to sleep and be woken costs both a system call, and a switch.
template <class Done>
bool comes_soon(const Done& done) {
  constexpr int kLooks = 6;
  constexpr int kPauses = 8;
  for (int look = 0; look < kLooks; ++look) {
    if (done()) return true;
    for (int i = 0; i < kPauses; ++i) pause_a_moment();
  }
  return false;
}

}  // namespace xaodbc
