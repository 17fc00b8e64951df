#pragma once

#include <filesystem>
#include <utility>

#include "base/file.h"

namespace xaodbc::log {

/// The file of a segment that is being made, under its temporary name and then under its own.
/// Unless it was published it is removed, whatever kept that from happening: each is as large as a
/// segment.
class Unpublished {
 public:
  /// The file exists from here on.
  Unpublished(FileSystem& files, std::filesystem::path temporary,
              std::filesystem::path path) noexcept
      : files_(&files), temporary_(std::move(temporary)), path_(std::move(path)) {}
  Unpublished(Unpublished&& other) noexcept
      : files_(std::exchange(other.files_, nullptr)),
        temporary_(std::move(other.temporary_)),
        path_(std::move(other.path_)) {}
  Unpublished& operator=(Unpublished&&) = delete;
  ~Unpublished();

  [[nodiscard]] const std::filesystem::path& temporary() const { return temporary_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  void was_published() noexcept { files_ = nullptr; }

 private:
  FileSystem* files_;
  std::filesystem::path temporary_;
  std::filesystem::path path_;
};

}  // namespace xaodbc::log
