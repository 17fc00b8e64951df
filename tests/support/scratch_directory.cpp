#include "tests/support/scratch_directory.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <string>
#include <system_error>

namespace xaodbc::support {

ScratchDirectory::ScratchDirectory() : owner_(getpid()) {
  std::string name = std::filesystem::temp_directory_path() / "xaodbc-test-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), name);
  }
  path_ = name;
}

ScratchDirectory::~ScratchDirectory() {
  if (getpid() == owner_) {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
}

std::filesystem::path ScratchDirectory::write(std::string_view name,
                                              std::string_view content) const {
  const std::filesystem::path file = path_ / name;
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  std::filesystem::permissions(
      file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  stream << content;
  if (!stream.flush()) {
    throw std::system_error(errno, std::generic_category(), file.string());
  }
  return file;
}

}  // namespace xaodbc::support
