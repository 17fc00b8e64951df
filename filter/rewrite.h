#pragma once

#include <string>
#include <string_view>

namespace xaodbc::filter {

/// A text with what was put in front of it.
struct Rewrite {
  std::string text;
  int hidden = 0;  ///< so many answers come first that the driver knows nothing of
  int shift = 0;   ///< the driver's text stands so many characters further behind
};

/// Puts BEGIN, unless inside a transaction, and the sentinel, one statement or none, in front of
/// `text`: whatever the text does, it does it inside the branch's transaction.
Rewrite rewrite(std::string_view text, bool inside_transaction, std::string_view sentinel);

}  // namespace xaodbc::filter
