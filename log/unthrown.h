#pragma once

#include <exception>

#include "base/status.h"

namespace xaodbc::log {

/// What `call` answers. A failure for whose text there is no memory is a failure all the same (I6).
/// The short text fits into a string without any.
template <class Call>
Status unthrown(const Call& call) noexcept {
  try {
    return call();
  } catch (const std::exception&) {
    return {StatusCode::kInternal, "no memory"};
  }
}

}  // namespace xaodbc::log
