#include "filter/ending.h"

#include <algorithm>
#include <array>

namespace xaodbc::filter {
namespace {

constexpr std::array<std::string_view, 3> kWords = {"rollback", "abort", "savepoint"};

/// Of letters, whatever the process's locale takes for the small one of I.
bool same_letter(char any, char small) { return (any | 0x20) == small; }

bool begins_with(std::string_view text, std::string_view word) {
  return text.size() >= word.size() &&
         std::equal(word.begin(), word.end(), text.begin(),
                    [](char small, char any) { return same_letter(any, small); });
}

}  // namespace

bool may_roll_back(std::string_view text) {
  for (; !text.empty(); text.remove_prefix(1)) {
    if (std::ranges::any_of(kWords, [text](auto word) { return begins_with(text, word); })) {
      return true;
    }
  }
  return false;
}

}  // namespace xaodbc::filter
