#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace xaodbc::recovery {

/// While it lives, a process of root acts as the owner of `directory`. A segment that root wrote
/// into the log (0600) could not be read by the application, and its next xa_open would fail.
/// Nothing changes for other users, or when the directory does not exist.
class AsOwner {
 public:
  explicit AsOwner(const std::filesystem::path& directory);
  AsOwner(const AsOwner&) = delete;
  AsOwner& operator=(const AsOwner&) = delete;
  ~AsOwner();

 private:
  bool changed_ = false;
};

/// Who is at the keyboard: $SUDO_USER for root, else the login name of the real user.
std::string operator_name();

}  // namespace xaodbc::recovery
