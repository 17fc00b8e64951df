#include <fmt/format.h>

#include <map>
#include <optional>

#include "base/clock.h"
#include "base/file.h"
#include "log/lives.h"
#include "log/segment_name.h"
#include "recovery/as_owner.h"
#include "recovery/console.h"
#include "recovery/duration.h"
#include "recovery/log_commands.h"
#include "recovery/segments.h"

namespace xaodbc::recovery {
namespace {

enum Exit : int { kDone = 0, kRefused = 1, kError = 2 };

int fail(const Status& status) {
  print_error(status.message());
  return kError;
}

int refuse(const std::string& why) {
  print_error("refused: " + why);
  return kRefused;
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

/// Why, by whom and when, beside the file that nobody reads any more.
Status write_note(const std::filesystem::path& path, const std::string& reason, FileSystem& files) {
  const std::string note =
      fmt::format("{} {}: {}\n", format_time(wall_time_us()), operator_name(), printable(reason));
  auto file = files.create(path, note.size());
  if (!file) return file.error();
  if (Status status = (*file)->write_at(0, note); !status.is_ok()) return status;
  return (*file)->sync();
}

Status set_aside(const std::filesystem::path& path, const std::string& reason, FileSystem& files) {
  const std::filesystem::path aside = path.string() + ".quarantined";
  const std::filesystem::path note = aside.string() + ".txt";
  if (Status status = write_note(note, reason, files); !status.is_ok()) return status;
  if (Status status = files.rename(path, aside); !status.is_ok()) return status;
  return files.sync_directory(path.parent_path());
}

int quarantine(const std::filesystem::path& path, const std::string& reason, bool yes) {
  FileSystem& files = posix_files();
  const AsOwner owner(path.parent_path());
  std::vector<log::Record> records;
  const auto view = read_segment(path, files, [&](const log::SegmentReader::Entry& entry) {
    if (entry.record) records.push_back(*entry.record);
  });
  if (!view) return fail(view.error());
  if (view->end.how != log::ReadEnd::kCorrupt) {
    return refuse(path.string() + " is not damaged; its branches are needed");
  }
  auto file = files.open(path, false);
  if (!file) return fail(file.error());
  const auto locked = (*file)->try_lock();
  if (!locked) return fail(locked.error());
  if (!*locked) return refuse(path.string() + " is in use; stop the process that writes it first");
  print_out(fmt::format("{}: {} records before the damage at offset {}: {}\n{}", path.string(),
                        view->records, view->end.offset, view->end.what,
                        describe_live(std::move(records))));
  if (!yes) {
    const Consent consent = ask("set it aside? The log forgets what only this file knows.");
    if (consent == Consent::kNoTerminal) {
      return refuse("there is no terminal to ask on; give --yes when nobody needs to be asked");
    }
    if (consent == Consent::kNo) return refuse("nothing was changed");
  }
  if (Status status = set_aside(path, reason, files); !status.is_ok()) return fail(status);
  print_out(fmt::format("renamed to {}.quarantined. Now compare: xaodbc scan\n", path.string()));
  return kDone;
}

}  // namespace

int run_log_quarantine(const LogOptions& options, const std::string& reason, bool yes) {
  int worst = kDone;
  for (const auto& path : options.files) worst = std::max(worst, quarantine(path, reason, yes));
  return worst;
}

}  // namespace xaodbc::recovery
