#include "xa/verb.h"

#include <array>

namespace xaodbc::xa {

std::string_view to_string(Verb verb) {
  constexpr std::array<std::string_view, static_cast<std::size_t>(Verb::kCount)> kNames = {
      "xa_open",   "xa_close",    "xa_start",   "xa_end",    "xa_prepare",
      "xa_commit", "xa_rollback", "xa_recover", "xa_forget", "xa_complete",
  };
  return kNames[static_cast<std::size_t>(verb)];
}

}  // namespace xaodbc::xa
