#include "recovery/segments.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "config/settings.h"
#include "log/segment_name.h"

namespace xaodbc::recovery {

Result<SegmentView> read_segment(const std::filesystem::path& path, FileSystem& files,
                                 const Visitor& visit) {
  SegmentView view;
  view.path = path;
  auto file = files.open(path, false);
  if (!file) return failure(file.error());
  auto reader = log::SegmentReader::open(**file, files.boot_id());
  if (!reader && reader.error().is(StatusCode::kLogDamaged)) {
    view.end = {log::ReadEnd::kCorrupt, 0, reader.error().message()};
    return view;
  }
  if (!reader) return failure(reader.error());
  view.header = reader->header();
  for (;;) {
    const auto entry = reader->next();
    if (!entry) return failure(entry.error());
    if (!*entry) break;
    ++view.records;
    visit(**entry);
  }
  view.end = reader->end();
  return view;
}

Result<std::vector<std::filesystem::path>> list_segments(
    const std::vector<std::filesystem::path>& directories, FileSystem& files) {
  std::vector<std::filesystem::path> paths;
  for (const auto& directory : directories) {
    std::error_code error;
    if (!std::filesystem::exists(directory, error) && !error) continue;
    const auto names = files.list(directory);
    if (!names) return failure(names.error());
    for (const std::string& name : *names) {
      if (log::is_segment_name(name)) paths.push_back(directory / name);
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

Result<std::vector<std::filesystem::path>> log_directories(const std::filesystem::path& ini) {
  const auto all = config::load_without_secrets(ini);
  if (!all) return failure(all.error());
  std::vector<std::filesystem::path> directories;
  for (const auto& settings : *all) {
    const auto& directory = settings.log_directory;
    if (std::find(directories.begin(), directories.end(), directory) == directories.end()) {
      directories.push_back(directory);
    }
  }
  return directories;
}

}  // namespace xaodbc::recovery
