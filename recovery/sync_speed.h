#pragma once

#include <chrono>
#include <filesystem>

#include "base/file.h"
#include "base/status.h"

namespace xaodbc::recovery {

/// What a durable record costs on that directory's disk: the median of 20 times one small write
/// and fdatasync into a file that was filled before, as the branch log does it.
Result<std::chrono::microseconds> measure_sync(const std::filesystem::path& directory,
                                               FileSystem& files);

}  // namespace xaodbc::recovery
