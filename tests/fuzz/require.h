#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

/// A property that must hold for every input. Ends the program, which is what a fuzzer looks for.
inline void require(bool holds, std::string_view what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

inline std::string_view as_text(const unsigned char* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}
