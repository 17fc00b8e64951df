#include "recovery/doctor_log.h"

#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#include <optional>

#include "recovery/console.h"
#include "recovery/finding.h"
#include "recovery/segments.h"
#include "recovery/sync_speed.h"

namespace xaodbc::recovery {
namespace {

using odbc::Finding;

/// Below it the log may soon refuse new branches: some segments of some processes.
constexpr std::uint64_t kLowSpace = std::uint64_t{64} << 20;
/// Slower than any disk that syncs for real needs to be; below the fast limit nothing synced.
constexpr std::chrono::microseconds kSlow{20000};
constexpr std::chrono::microseconds kImplausible{15};

Finding examine_mode(const std::string& directory, mode_t mode) {
  if ((mode & (S_IRWXG | S_IRWXO)) == 0) return fine(directory + " is private to its owner");
  return problem(fmt::format("{} has mode {:04o}: others can look into the branch log", directory,
                             mode & 07777U),
                 "chmod 0700 " + directory);
}

std::optional<Finding> examine_file_system(const std::string& directory) {
  struct statfs facts {};
  if (::statfs(directory.c_str(), &facts) != 0) return std::nullopt;
  const auto kind = static_cast<unsigned long>(facts.f_type);
  if (kind == TMPFS_MAGIC || kind == RAMFS_MAGIC) {
    return problem(
        directory + " is in memory: after a loss of power nobody knows what was prepared",
        "move the log to a disk: log = /var/lib/xaodbc");
  }
  if (kind == NFS_SUPER_MAGIC) {
    return problem(directory + " is on NFS, where locks and syncs cannot be relied on",
                   "move the log to a local disk: log = /var/lib/xaodbc");
  }
  return std::nullopt;
}

std::optional<Finding> examine_space(const std::string& directory) {
  struct statvfs facts {};
  if (::statvfs(directory.c_str(), &facts) != 0) return std::nullopt;
  const std::uint64_t free = std::uint64_t{facts.f_bavail} * facts.f_frsize;
  if (free >= kLowSpace) return std::nullopt;
  return problem(
      fmt::format("{} has {} MiB left; a full log refuses new branches", directory, free >> 20),
      "free some space");
}

Finding examine_speed(const std::filesystem::path& directory, FileSystem& files) {
  const auto median = measure_sync(directory, files);
  if (!median) {
    return problem(median.error().message(),
                   "make the directory writable for the user who runs the applications");
  }
  const auto text = fmt::format("{} takes a durable record in {} us (median of 20)",
                                directory.string(), median->count());
  if (*median > kSlow) {
    return note(text + ": slow", "a faster disk makes every two-phase commit faster");
  }
  if (*median < kImplausible) {
    return note(text + ": too fast to be true",
                "make sure that this disk does not lie about syncs (virtual disk, write cache)");
  }
  return fine(text);
}

Finding unreadable(const Status& why, const std::filesystem::path& directory) {
  if (why.is(StatusCode::kMisconfigured)) {
    return problem(why.message(), "install the newer version for all applications of this log");
  }
  return problem(why.message(), "make all segments regular files that belong to the owner of " +
                                    directory.string());
}

void examine_segments(const std::filesystem::path& directory, FileSystem& files,
                      std::vector<Finding>& findings) {
  const auto paths = list_segments({directory}, files);
  if (!paths) {
    findings.push_back(problem(paths.error().message(), "make the directory readable"));
    return;
  }
  std::uint64_t records = 0;
  for (const auto& path : *paths) {
    const auto view = read_segment(path, files, [](const log::SegmentReader::Entry&) {});
    if (!view) {
      findings.push_back(unreadable(view.error(), directory));
    } else if (view->end.how == log::ReadEnd::kCorrupt) {
      findings.push_back(problem(
          fmt::format("{} is damaged at offset {}: {}; xa_open fails", path.string(),
                      view->end.offset, view->end.what),
          fmt::format("look at it (xaodbc log dump {0}), then: xaodbc log quarantine {0} --reason "
                      "TEXT",
                      path.string())));
    } else {
      records += view->records;
    }
  }
  findings.push_back(fine(fmt::format("{} with {} in {}", counted(paths->size(), "segment"),
                                      counted(records, "readable record"), directory.string())));
}

}  // namespace

std::vector<Finding> examine_log(const std::filesystem::path& directory, FileSystem& files) {
  const std::string name = directory.string();
  struct stat facts {};
  if (::stat(directory.c_str(), &facts) != 0) {
    return {note(
        name + " does not exist; the first xa_open creates it",
        "make sure that the applications' user may create it: install -d -m 0700 -o USER " + name)};
  }
  if (!S_ISDIR(facts.st_mode)) return {problem(name + " is not a directory", "correct 'log'")};
  std::vector<Finding> findings{examine_mode(name, facts.st_mode)};
  if (auto finding = examine_file_system(name)) findings.push_back(*std::move(finding));
  if (auto finding = examine_space(name)) findings.push_back(*std::move(finding));
  findings.push_back(examine_speed(directory, files));
  examine_segments(directory, files, findings);
  return findings;
}

}  // namespace xaodbc::recovery
