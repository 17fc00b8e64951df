#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/status.h"
#include "log/segment_reader.h"

namespace xaodbc::recovery {

/// What reading one segment from front to back came to.
struct SegmentView {
  std::filesystem::path path;
  log::SegmentHeader header;
  std::uint64_t records = 0;
  /// kCorrupt with offset 0 also when the header itself is damaged.
  log::SegmentEnd end;
};

using Visitor = std::function<void(const log::SegmentReader::Entry&)>;

/// Reads a segment without the rest of the log. Errors: the file cannot be read at all, it is no
/// segment (kInvalidArgument), or one of a newer version (kMisconfigured).
Result<SegmentView> read_segment(const std::filesystem::path& path, FileSystem& files,
                                 const Visitor& visit);

/// Whether xa_open reads a file of that name, damaged or not.
bool has_segment_name(const std::filesystem::path& path);
Status no_segment(const std::filesystem::path& path);

/// The segments of the directories, sorted by name. A directory that does not exist has none.
Result<std::vector<std::filesystem::path>> list_segments(
    const std::vector<std::filesystem::path>& directories, FileSystem& files);

/// The log directories of all resources of the ini file, each once.
Result<std::vector<std::filesystem::path>> log_directories(const std::filesystem::path& ini);

}  // namespace xaodbc::recovery
