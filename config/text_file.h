#pragma once

#include <cstddef>
#include <filesystem>

#include "base/secret.h"
#include "base/status.h"

namespace xaodbc::config {

/// Who may read a file besides us.
enum class Readers { kAnybody, kNotOthers };

/// The whole content of a regular file of at most `size_max` bytes. kInvalidArgument with path and
/// cause. Never waits: a FIFO or a device in place of the file is refused, not read.
/// A Secret because passwords stand in most of the files that are read here.
/// kNotOthers: a file that every user of the host can read or write is refused (I10).
Result<Secret> read_text_file(const std::filesystem::path& path, std::size_t size_max,
                              Readers readers);

}  // namespace xaodbc::config
