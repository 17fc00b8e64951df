#pragma once

#include <algorithm>
#include <cstddef>
#include <random>
#include <string_view>

#include "base/secret.h"
#include "tests/support/dumpable_memory.h"

namespace xaodbc::support {

/// A password that is nowhere but in the object: it is thrown, not written in a program. Letters
/// only, so that it stands for itself in an ini file, a connection string and SQL.
inline Secret plant(std::size_t size) {
  std::random_device dice;
  Secret password;
  while (password.reveal().size() < size) {
    const char letter = static_cast<char>('a' + dice() % 26);
    password += {&letter, 1};
  }
  return password;
}

/// How often it stands in what a core file of this process would have. The end of it counts: the
/// heap writes over the first 16 bytes of what is freed, and leaves the others there to be found.
inline std::size_t traces_of(const Secret& planted) {
  const std::string_view all = planted.reveal();
  return copies_in_dumpable_memory(all.substr(all.size() - std::min<std::size_t>(all.size(), 10)));
}

}  // namespace xaodbc::support
