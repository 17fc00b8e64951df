#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <system_error>

#include "base/clock.h"
#include "base/file.h"
#include "log/lives.h"
#include "recovery/as_owner.h"
#include "recovery/console.h"
#include "recovery/duration.h"
#include "recovery/log_commands.h"
#include "recovery/segments.h"

namespace xaodbc::recovery {
namespace {

namespace fs = std::filesystem;

enum Exit : int { kDone = 0, kError = 2 };

int fail(const Status& status) {
  print_error(status.message());
  return kError;
}

/// The branches that this segment, for itself, knows no end of.
std::string describe_live(std::vector<log::Record> records) {
  std::string text;
  for (const auto& life : log::merge_lives(std::move(records))) {
    if (!life.is_live() || log::fades(life)) continue;
    text += fmt::format("  {} {}\n", printable(life.resource), life.xid.to_string());
  }
  if (text.empty()) return "it has no readable unfinished branch\n";
  return "readable unfinished branches, unless another segment has their end:\n" + text;
}

/// Why, by whom and when, beside the file that nobody reads any more. A note that is there already
/// is of an attempt that did not come to the renaming: it is replaced, whole.
Status write_note(const fs::path& path, const std::string& reason, FileSystem& files) {
  const std::string note =
      fmt::format("{} {}: {}\n", format_time(wall_time_us()), operator_name(), printable(reason));
  const fs::path unfinished = path.string() + ".new";
  (void)files.remove(unfinished).is_ok();
  auto file = files.create(unfinished, note.size());
  if (!file) return file.error();
  if (Status status = (*file)->write_at(0, note); !status.is_ok()) return status;
  if (Status status = (*file)->sync(); !status.is_ok()) return status;
  return files.rename(unfinished, path);
}

fs::path aside_of(const fs::path& path) { return path.string() + ".quarantined"; }

Status set_aside(const fs::path& path, const std::string& reason, FileSystem& files) {
  const fs::path aside = aside_of(path);
  if (Status status = write_note(aside.string() + ".txt", reason, files); !status.is_ok()) {
    return status;
  }
  if (Status status = files.rename(path, aside); !status.is_ok()) return status;
  return files.sync_directory(path.parent_path());
}

/// Why this segment must stay where it is; "" when it may be set aside.
std::string objection(const fs::path& path, const SegmentView& view) {
  if (view.end.how != log::ReadEnd::kCorrupt) return " is not damaged; its branches are needed";
  // rename() would replace it, and it may be the only copy of what it tells. Under the lock of the
  // segment nobody else sets this one aside in the meantime.
  std::error_code ignored;
  if (fs::exists(fs::symlink_status(aside_of(path), ignored))) {
    return " was set aside before: " + aside_of(path).string() + " exists; move that away first";
  }
  return "";
}

/// `path` is absolute: the directory of a bare file name has no name to act or sync by.
int quarantine(const fs::path& path, const std::string& reason, bool yes) {
  if (!has_segment_name(path)) return fail(no_segment(path));
  FileSystem& files = posix_files();
  const AsOwner owner(path.parent_path());
  auto file = files.open(path, false);
  if (!file) return fail(file.error());
  const auto locked = (*file)->try_lock();
  if (!locked) return fail(locked.error());
  std::vector<log::Record> records;
  const auto view = read_segment(path, files, [&](const log::SegmentReader::Entry& entry) {
    if (entry.record) records.push_back(*entry.record);
  });
  if (!view) return fail(view.error());
  if (const auto why = objection(path, *view); !why.empty()) return refuse(path.string() + why);
  if (!*locked) return refuse(path.string() + " is in use; stop the process that writes it first");
  print_out(fmt::format("{}: {} before the damage at offset {}: {}\n{}", path.string(),
                        counted(view->records, "record"), view->end.offset, view->end.what,
                        describe_live(std::move(records))));
  constexpr std::string_view kQuestion = "set it aside? The log forgets what only this file knows.";
  if (const auto status = lacks_consent(yes, kQuestion)) return *status;
  if (Status status = set_aside(path, reason, files); !status.is_ok()) return fail(status);
  print_out(fmt::format("renamed to {}. Now compare: xaodbc scan\n", aside_of(path).string()));
  return kDone;
}

}  // namespace

int run_log_quarantine(const LogOptions& options, const std::string& reason, bool yes) {
  int worst = kDone;
  for (const auto& file : options.files) {
    std::error_code error;
    const auto path = fs::absolute(file, error);
    const int status =
        error ? fail({StatusCode::kInvalidArgument, file.string() + ": " + error.message()})
              : quarantine(path, reason, yes);
    worst = std::max(worst, status);
  }
  return worst;
}

}  // namespace xaodbc::recovery
