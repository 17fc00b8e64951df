#include "recovery/sources.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "base/deadline.h"

namespace xaodbc::recovery {
namespace {

using std::filesystem::file_type;

file_type kind_of(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::status(path, error).type();
}

/// Whoever opens the log would only say that it exists; and what stands behind a file is not just
/// missing.
Status check_kind(const std::filesystem::path& directory) {
  for (auto path = directory; !path.empty(); path = path.parent_path()) {
    const auto kind = kind_of(path);
    if (kind == file_type::directory) break;
    if (kind == file_type::not_found || kind == file_type::none || kind == file_type::unknown) {
      continue;
    }
    return {
        StatusCode::kMisconfigured,
        fmt::format("the branch log {} cannot be: {} is a file, not a directory; correct 'log' in"
                    " xaodbc.ini, or move the file away",
                    directory.string(), path.string())};
  }
  return Status::ok();
}

/// A directory that root made would be closed to the application, whoever that is.
Status check_maker(const std::filesystem::path& directory) {
  if (::geteuid() != 0 || kind_of(directory) != file_type::not_found) return Status::ok();
  return {StatusCode::kMisconfigured,
          fmt::format("there is no branch log {} yet, and one that root made would be closed to the"
                      " applications; make it for their user first: install -d -m 0700 -o USER {}",
                      directory.string(), directory.string())};
}

}  // namespace

Status reopen_log(Sources& sources, LogUse use, FileSystem& files) {
  const auto& directory = sources.settings.log_directory;
  sources.log.reset();
  sources.log_error = Status::ok();
  if (auto status = check_kind(directory); !status.is_ok()) return status;
  // Looking must not leave a directory behind whose owner is the one who looked.
  if (use == LogUse::kRead && kind_of(directory) == file_type::not_found) return Status::ok();
  if (auto status = check_maker(directory); !status.is_ok()) return status;
  log::Options options;
  options.directory = directory;
  options.adopt_dead_segments = use == LogUse::kWrite;
  auto opened = log::BranchLog::open(std::move(options), files);
  if (opened) {
    sources.log = *std::move(opened);
  } else {
    sources.log_error = opened.error();
  }
  return sources.log_error;
}

Sources open_sources(const config::ResourceSettings& settings, FileSystem& files) {
  Sources sources;
  sources.settings = settings;
  auto database = odbc::Database::open(settings, Deadline::after(settings.verb_timeout));
  if (database) {
    sources.database = *std::move(database);
  } else {
    sources.database_error = database.error();
  }
  if (Status status = reopen_log(sources, LogUse::kRead, files); !status.is_ok()) {
    sources.log_error = std::move(status);
  }
  return sources;
}

}  // namespace xaodbc::recovery
