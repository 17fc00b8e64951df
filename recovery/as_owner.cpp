#include "recovery/as_owner.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

namespace xaodbc::recovery {

AsOwner::AsOwner(const std::filesystem::path& directory) {
  struct stat facts {};
  if (::geteuid() != 0 || ::stat(directory.c_str(), &facts) != 0 || facts.st_uid == 0) return;
  changed_ = ::setegid(facts.st_gid) == 0 && ::seteuid(facts.st_uid) == 0;
}

AsOwner::~AsOwner() {
  if (!changed_) return;
  // A process that cannot get its rights back only has fewer of them.
  if (::seteuid(0) != 0 || ::setegid(0) != 0) changed_ = false;
}

std::string operator_name() {
  const uid_t user = ::getuid();
  // Anybody can set the variable; of root it is believed, because root could write anything.
  const char* const before_sudo = std::getenv("SUDO_USER");
  if (user == 0 && before_sudo != nullptr && *before_sudo != '\0') return before_sudo;
  const passwd* const entry = ::getpwuid(user);
  return entry != nullptr ? entry->pw_name : "uid " + std::to_string(user);
}

}  // namespace xaodbc::recovery
