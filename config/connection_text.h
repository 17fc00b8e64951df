#pragma once

#include <string_view>

#include "base/status.h"

namespace xaodbc::config {

/// Refuses a connection string in which a slip would make a password a part of another value: that
/// is shown in error messages, of ours, of the driver manager and of the driver (I10). No value is
/// repeated in the message.
Status check_connection(std::string_view text);

}  // namespace xaodbc::config
