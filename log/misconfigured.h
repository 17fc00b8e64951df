#pragma once

#include "base/status.h"

namespace xaodbc::log {

/// Of a cause that another directory, or other rights on it, would mend.
inline Status misconfigured(const Status& cause) {
  return {StatusCode::kMisconfigured, "branch log: " + cause.message()};
}

}  // namespace xaodbc::log
