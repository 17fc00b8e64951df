#include "filter/rewrite.h"

namespace xaodbc::filter {

Rewrite rewrite(std::string_view text, bool inside_transaction, std::string_view sentinel) {
  constexpr std::string_view kBegin = "BEGIN;";
  Rewrite result;
  result.text.reserve(kBegin.size() + sentinel.size() + text.size());
  if (!inside_transaction) {
    result.text = kBegin;
    ++result.hidden;
  }
  result.text += sentinel;
  if (!sentinel.empty()) ++result.hidden;
  result.shift = static_cast<int>(result.text.size());
  result.text += text;
  return result;
}

}  // namespace xaodbc::filter
