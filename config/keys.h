#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "config/settings.h"

namespace xaodbc::config {

/// One key of xaodbc.ini. `set` checks the value and stores it; its error says what is allowed and,
/// unless the value may be secret, what was found (I10).
struct Key {
  std::string_view name;
  /// Only one of the keys of a group may stand in a section; a section's own replaces the one that
  /// [xaodbc] gives. Empty: the key is alone.
  std::string_view group;
  Status (*set)(ResourceSettings& settings, std::string_view value);
};

const std::vector<Key>& all_keys();
const Key* find_key(std::string_view name);
std::vector<std::string_view> key_names();

}  // namespace xaodbc::config
