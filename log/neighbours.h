#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/status.h"
#include "log/open_files.h"
#include "log/segment_index.h"
#include "log/segment_reader.h"

namespace xaodbc::log {

/// A segment that another process writes or has written.
struct Neighbour {
  std::string name;
  std::shared_ptr<File> file;
  SegmentReader reader;
  SegmentIndex index;
  /// The reader is past a record that the index did not get: read anew from its beginning.
  bool incomplete = false;
};

/// All segments of the directory but our own, each read once and then followed. Not thread-safe.
class Neighbours {
 public:
  Neighbours(std::filesystem::path directory, FileSystem& files, OpenFiles& open_files)
      : directory_(std::move(directory)), files_(files), open_files_(open_files) {}

  /// Of the names in the directory (FileSystem::names_stamp). Needs no lock.
  using Stamp = std::optional<std::uint64_t>;
  [[nodiscard]] Stamp stamp() const { return files_.names_stamp(directory_); }

  /// Brings everything up to date: every branch of the moment of `stamp` is found, with all its
  /// records of that moment. It is enough to read all segments of one listing. One that is carried
  /// over meanwhile is read from its open file, or is gone and has the directory listed again.
  /// kLogDamaged with file, offset and next step, also for a segment of a newer version and
  /// for what is no regular file; kMisconfigured when something cannot be read.
  Status refresh(std::string_view own_name, Stamp stamp);

  /// As refresh, but of one neighbour and without believing that its unused room is still unused.
  Status reread(Neighbour& neighbour);

  void drop(const std::string& name) {
    segments_.erase(name);
    stamp_.reset();
  }

  [[nodiscard]] const std::map<std::string, std::unique_ptr<Neighbour>>& segments() const {
    return segments_;
  }
  /// The largest birth seen so far in any of them.
  [[nodiscard]] std::uint64_t newest_birth() const { return newest_birth_; }

 private:
  void forget_incomplete();
  Status follow_all();
  Status read_all(std::string_view own_name);
  Status read(const std::vector<std::string>& names);
  Result<std::vector<std::string>> list_settled(std::string_view own_name);
  Result<std::vector<std::string>> list(std::string_view own_name);
  Status meet(const std::string& name);
  Status follow(Neighbour& neighbour);
  [[nodiscard]] Status restless() const;
  [[nodiscard]] Status damaged(const std::string& name, const SegmentEnd& end) const;

  std::filesystem::path directory_;
  FileSystem& files_;
  OpenFiles& open_files_;
  std::map<std::string, std::unique_ptr<Neighbour>> segments_;
  std::uint64_t newest_birth_ = 0;
  Stamp stamp_;  ///< of the names that segments_ was made from
};

}  // namespace xaodbc::log
