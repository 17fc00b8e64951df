#include "recovery/log_commands.h"

#include <fmt/format.h>

#include "base/file.h"
#include "recovery/console.h"
#include "recovery/duration.h"
#include "recovery/record_text.h"
#include "recovery/segments.h"

namespace xaodbc::recovery {
namespace {

enum Exit : int { kFine = 0, kFindings = 1, kError = 2 };

Result<std::vector<std::filesystem::path>> chosen_segments(const LogOptions& options,
                                                           FileSystem& files) {
  if (!options.files.empty()) return options.files;
  const auto directories = log_directories(options.ini);
  if (!directories) return failure(directories.error());
  return list_segments(*directories, files);
}

std::string advise(const std::filesystem::path& path) {
  if (!has_segment_name(path)) return "no application reads a file of this name";
  return fmt::format(
      "look at it with `xaodbc log dump {0}`, then set it aside: "
      "xaodbc log quarantine {0} --reason TEXT",
      path.string());
}

std::string describe_end(const SegmentView& view) {
  switch (view.end.how) {
    case log::ReadEnd::kClean:
      return "clean";
    case log::ReadEnd::kTorn:
      return fmt::format(
          "torn at offset {}: {} (the last write was cut off by a crash; nothing "
          "that was promised is lost, and the next writer cuts it)",
          view.end.offset, view.end.what);
    case log::ReadEnd::kCorrupt:
      return fmt::format("DAMAGED at offset {}: {}; {}", view.end.offset, view.end.what,
                         advise(view.path));
  }
  return "";
}

void print_entry(const log::SegmentReader::Entry& entry) {
  if (!entry.record) {
    print_out(fmt::format("  {:>8}  a record of a newer version (type {}), skipped\n", entry.offset,
                          entry.type));
    return;
  }
  print_out(fmt::format("  {:>8}  {} {}  {}\n", entry.offset, printable(entry.record->resource),
                        entry.record->xid.to_string(), describe(*entry.record)));
}

void print_header(const SegmentView& view) {
  print_out(fmt::format("  written by pid {} on {} since {}, {}, {}\n", view.header.pid,
                        printable(view.header.host), format_time(view.header.start_time_us),
                        counted(view.records, "record"), describe_end(view)));
}

/// Reads every chosen segment; the worst of what was found is the exit status.
template <class Show>
int read_all(const LogOptions& options, const Visitor& visit, Show show) {
  FileSystem& files = posix_files();
  const auto paths = chosen_segments(options, files);
  if (!paths) {
    print_error(paths.error().message());
    return kError;
  }
  int status = kFine;
  for (const auto& path : *paths) {
    print_out(path.string() + "\n");
    const auto view = read_segment(path, files, visit);
    if (!view) {
      print_error(view.error().message());
      status = kError;
      continue;
    }
    show(*view);
    if (view->end.how == log::ReadEnd::kCorrupt && status == kFine) status = kFindings;
  }
  return status;
}

}  // namespace

int run_log_dump(const LogOptions& options) { return read_all(options, print_entry, print_header); }

int run_log_verify(const LogOptions& options) {
  const auto ignore = [](const log::SegmentReader::Entry&) {};
  return read_all(options, ignore, print_header);
}

}  // namespace xaodbc::recovery
