#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace xaodbc::walk {

/// What a walk's schema and steps are chosen by; the same for the same seed.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}

  /// 0, ..., bound - 1.
  int number(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(random_); }
  bool chance(int percent) { return number(100) < percent; }
  const std::string& one_of(const std::vector<std::string>& choices) {
    return choices[static_cast<std::size_t>(number(static_cast<int>(choices.size())))];
  }
  /// `text` in so many cases out of a hundred, else nothing.
  std::string maybe(int percent, const std::string& text) { return chance(percent) ? text : ""; }

 private:
  std::mt19937_64 random_;
};

}  // namespace xaodbc::walk
