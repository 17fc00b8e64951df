#pragma once

#include <cstddef>
#include <random>
#include <string_view>

#include "base/secret.h"

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

}  // namespace xaodbc::support
