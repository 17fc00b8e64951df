#include "config/spelling.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

#include "base/text.h"

namespace xaodbc::config {
namespace {

/// Levenshtein, one row at a time.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string join(const std::vector<std::string_view>& words) {
  std::string text;
  for (const std::string_view word : words) {
    if (!text.empty()) text += ", ";
    text += word;
  }
  return text;
}

std::string suggest(std::string_view word, const std::vector<std::string_view>& known) {
  constexpr std::size_t kLongestWord = 64;
  const std::string lower = to_lower(word.substr(0, kLongestWord));
  std::string_view nearest;
  std::size_t best = std::max<std::size_t>(lower.size() / 3, 2) + 1;
  for (const std::string_view candidate : known) {
    const std::size_t distance = edit_distance(lower, to_lower(candidate));
    if (distance >= best) continue;
    best = distance;
    nearest = candidate;
  }
  if (!nearest.empty()) return "did you mean '" + std::string(nearest) + "'?";
  if (known.empty()) return "none is known";
  return "known are: " + join(known);
}

}  // namespace xaodbc::config
