#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace xaodbc::config {

/// `a, b, c`.
std::string join(const std::vector<std::string_view>& words);

/// What to tell somebody who wrote `word` where one of `known` was expected: `did you mean
/// 'guard'?` when one is close, else `known are: guard, log`.
std::string suggest(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace xaodbc::config
