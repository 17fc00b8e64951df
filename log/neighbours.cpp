#include "log/neighbours.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "log/lives.h"
#include "log/misconfigured.h"
#include "log/segment_name.h"

namespace xaodbc::log {
namespace {

/// Segments come and go at rotations and adoptions only; a directory that is never the same twice
/// is not one of ours.
constexpr int kMaxRounds = 1000;

/// Nothing is damaged, but it stops everything in the same way (I6): what a segment of a newer
/// version tells, or one that something else took the place of, must not be taken for nothing. Nor
/// would another directory or other rights help, as they do where the log is misconfigured.
Status stopped_by(const Status& cause) {
  return {StatusCode::kLogDamaged, "branch log: " + cause.message()};
}

}  // namespace

/// Most of the time no segment came or went, and a look at the directory shows it.
Status Neighbours::refresh(std::string_view own_name, Stamp stamp) {
  forget_incomplete();
  if (stamp && stamp == stamp_) return follow_all();
  stamp_.reset();
  auto status = read_all(own_name);
  if (status.is_ok()) stamp_ = stamp;
  return status;
}

void Neighbours::forget_incomplete() {
  const auto forgotten =
      std::erase_if(segments_, [](const auto& known) { return known.second->incomplete; });
  if (forgotten > 0) stamp_.reset();
}

Status Neighbours::follow_all() {
  for (const auto& [name, neighbour] : segments_) {
    if (auto status = follow(*neighbour); !status.is_ok()) return status;
  }
  return {};
}

/// A segment that was listed and cannot be opened has been carried over, if it is gone now.
Status Neighbours::read_all(std::string_view own_name) {
  auto names = list_settled(own_name);
  for (int round = 0; names && round < kMaxRounds; ++round) {
    auto status = read(*names);
    if (status.is_ok() || status.is(StatusCode::kLogDamaged)) return status;
    auto now = list_settled(own_name);
    if (now && *now == *names) return misconfigured(status);
    names = std::move(now);
  }
  return names ? restless() : misconfigured(names.error());
}

Status Neighbours::read(const std::vector<std::string>& names) {
  std::erase_if(segments_, [&names](const auto& known) {
    return !std::binary_search(names.begin(), names.end(), known.first);
  });
  for (const auto& name : names) {
    const auto known = segments_.find(name);
    auto status = known == segments_.end() ? meet(name) : follow(*known->second);
    if (!status.is_ok()) return status;
  }
  return {};
}

Status Neighbours::reread(Neighbour& neighbour) {
  neighbour.reader.distrust_rest();
  return follow(neighbour);
}

/// A reading of the directory while a segment replaces another may show neither of them.
Result<std::vector<std::string>> Neighbours::list_settled(std::string_view own_name) {
  auto names = list(own_name);
  for (int round = 0; names && round < kMaxRounds; ++round) {
    auto again = list(own_name);
    if (again && *again == *names) return names;
    names = std::move(again);
  }
  return names ? Result<std::vector<std::string>>(failure(restless())) : names;
}

Result<std::vector<std::string>> Neighbours::list(std::string_view own_name) {
  auto names = files_.list(directory_);
  if (!names) return names;
  std::erase_if(*names, [own_name](const std::string& name) {
    return name == own_name || !is_segment_name(name);
  });
  std::sort(names->begin(), names->end());
  return names;
}

Status Neighbours::meet(const std::string& name) {
  auto opened = files_.open(directory_ / name, false);
  if (!opened) {
    const auto& error = opened.error();
    return error.is(StatusCode::kInvalidArgument) ? stopped_by(error) : error;
  }
  auto file = open_files_.track(std::move(*opened));
  auto reader = SegmentReader::open(*file, files_.boot_id());
  if (!reader) {
    const auto& error = reader.error();
    if (error.is(StatusCode::kMisconfigured)) {
      return stopped_by(error.with_context((directory_ / name).string()));
    }
    if (!error.is(StatusCode::kLogDamaged)) return error;
    return damaged(name, {ReadEnd::kCorrupt, 0, error.message()});
  }
  SegmentIndex index(file, reader->header().id);
  auto neighbour = std::make_unique<Neighbour>(
      Neighbour{name, std::move(file), std::move(*reader), std::move(index)});
  auto status = follow(*neighbour);
  if (status.is_ok()) segments_.emplace(name, std::move(neighbour));
  return status;
}

Status Neighbours::follow(Neighbour& neighbour) {
  for (;;) {
    auto entry = neighbour.reader.next();
    if (!entry) return entry.error();
    if (!*entry) break;
    if (!(*entry)->record) continue;
    const Record& record = *(*entry)->record;
    newest_birth_ = std::max(newest_birth_, record.birth);
    const auto key = branch_key(record.resource, record.xid);
    neighbour.incomplete = true;
    auto status = neighbour.index.add(key, (*entry)->payload, (*entry)->offset);
    if (!status.is_ok()) return status;
    neighbour.incomplete = false;
  }
  const auto& end = neighbour.reader.end();
  return end.how == ReadEnd::kCorrupt ? damaged(neighbour.name, end) : Status();
}

Status Neighbours::restless() const {
  return {StatusCode::kMisconfigured,
          "branch log: " + directory_.string() + " changes all the time"};
}

Status Neighbours::damaged(const std::string& name, const SegmentEnd& end) const {
  const auto path = (directory_ / name).string();
  return {StatusCode::kLogDamaged, path + ": offset " + std::to_string(end.offset) + ": " +
                                       end.what + "; look at it, then set it aside with: " +
                                       "xaodbc log quarantine " + path + " --reason TEXT"};
}

}  // namespace xaodbc::log
