#pragma once

#include <cstddef>
#include <string_view>

namespace xaodbc::support {

/// How often these bytes stand in the memory of this process that a core file would have: every
/// mapping that can be read, except those which the kernel was told to leave out. `bytes` are
/// counted too, unless they lie in such a mapping themselves. Bytes across the border of two
/// mappings are not found. Other threads should be at rest.
std::size_t copies_in_dumpable_memory(std::string_view bytes);

}  // namespace xaodbc::support
