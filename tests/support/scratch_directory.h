#pragma once

#include <filesystem>
#include <string_view>

namespace xaodbc::support {

/// A new directory, 0700, that goes with everything in it when this object does. A forked child's
/// copy removes nothing.
class ScratchDirectory {
 public:
  ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  ~ScratchDirectory();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Writes a file, 0600, and returns its path.
  [[nodiscard]] std::filesystem::path write(std::string_view name, std::string_view content) const;

 private:
  std::filesystem::path path_;
  int owner_;
};

}  // namespace xaodbc::support
