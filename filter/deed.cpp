#include "filter/deed.h"

#include <algorithm>
#include <array>

namespace xaodbc::filter {

Deed deed_of(std::string_view tag) {
  constexpr std::array<std::string_view, 4> kWrites = {"UPDATE ", "INSERT ", "DELETE ", "MERGE "};
  if (tag == "COMMIT" || tag == "PREPARE TRANSACTION") return Deed::kCommit;
  if (tag == "ROLLBACK") return Deed::kRollback;
  if (tag == "SET" || tag == "RESET") return Deed::kSet;
  const bool writes =
      std::ranges::any_of(kWrites, [tag](auto word) { return tag.starts_with(word); });
  if (writes) return tag.ends_with(" 0") ? Deed::kQuery : Deed::kWrite;
  return tag.starts_with("SELECT ") ? Deed::kQuery : Deed::kOther;
}

}  // namespace xaodbc::filter
