#include "filter/ending.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace xaodbc::filter {
namespace {

constexpr std::array<std::string_view, 3> kWords = {"rollback", "abort", "savepoint"};

/// Of letters, whatever the process's locale takes for the small one of I.
char small(char letter) { return static_cast<char>(letter | 0x20); }

bool begins_with(std::string_view text, std::string_view word) {
  return text.size() >= word.size() &&
         std::equal(word.begin(), word.end(), text.begin(),
                    [](char wanted, char letter) { return wanted == small(letter); });
}

}  // namespace

bool may_roll_back(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char first = small(text[at]);
    for (const auto word : kWords) {
      if (first == word.front() && begins_with(text.substr(at), word)) return true;
    }
  }
  return false;
}

}  // namespace xaodbc::filter
