#include "recovery/segments.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "config/settings.h"
#include "log/segment_name.h"

namespace xaodbc::recovery {
namespace {

/// A name of a segment makes a damaged one of any file: it keeps xa_open from opening the log.
Result<bool> is_segment(const std::filesystem::path& path, File& file) {
  if (has_segment_name(path)) return true;
  const auto magic = file.read_at(0, log::kMagic.size());
  if (!magic) return failure(magic.error());
  return *magic == log::kMagic;
}

Result<SegmentView> without_header(SegmentView view, File& file, const Status& why) {
  if (why.is(StatusCode::kMisconfigured)) return failure(why.with_context(view.path.string()));
  if (!why.is(StatusCode::kLogDamaged)) return failure(why);
  const auto segment = is_segment(view.path, file);
  if (!segment) return failure(segment.error());
  if (!*segment) return failure(no_segment(view.path));
  view.end = {log::ReadEnd::kCorrupt, 0, why.message()};
  return view;
}

}  // namespace

bool has_segment_name(const std::filesystem::path& path) {
  return log::is_segment_name(path.filename().string());
}

Status no_segment(const std::filesystem::path& path) {
  return {StatusCode::kInvalidArgument, path.string() + ": not a branch log segment"};
}

Result<SegmentView> read_segment(const std::filesystem::path& path, FileSystem& files,
                                 const Visitor& visit) {
  SegmentView view;
  view.path = path;
  auto file = files.open(path, false);
  if (!file) return failure(file.error());
  auto reader = log::SegmentReader::open(**file, files.boot_id());
  if (!reader) return without_header(std::move(view), **file, reader.error());
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
