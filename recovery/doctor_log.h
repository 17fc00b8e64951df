#pragma once

#include <filesystem>
#include <vector>

#include "base/file.h"
#include "odbc/dialect.h"

namespace xaodbc::recovery {

/// Is the log directory private, durable, writable, fast, and are its segments whole?
std::vector<odbc::Finding> examine_log(const std::filesystem::path& directory, FileSystem& files);

}  // namespace xaodbc::recovery
