#include "log/segment_index.h"

#include <algorithm>
#include <utility>

#include "log/lives.h"
#include "log/segment_reader.h"

namespace xaodbc::log {
namespace {

bool may_finish(RecordType type) {
  return type == RecordType::kDone || type == RecordType::kForgotten;
}

bool all_finished(const std::vector<Record>& records) {
  return std::all_of(records.begin(), records.end(), [&records](const Record& record) {
    return is_finished(records, record.birth);
  });
}

}  // namespace

Status SegmentIndex::add(Record record, std::uint64_t offset) {
  const auto key = branch_key(record.resource, record.xid);
  Branch& branch = branches_[key];
  if (branch.records.empty() && !branch.offsets.empty()) {
    if (auto status = load(branch, branch.records); !status.is_ok()) {
      branch.records.clear();
      return status;
    }
  }
  const bool check = may_finish(record.type);
  branch.offsets.push_back(static_cast<std::uint32_t>(offset));
  branch.records.push_back(std::move(record));
  if (check && all_finished(branch.records)) {
    branch.records = {};
    pending_.erase(key);
  } else {
    pending_.insert(key);
  }
  return {};
}

Status SegmentIndex::collect(std::uint64_t key, std::vector<Record>& out) const {
  const auto found = branches_.find(key);
  if (found == branches_.end()) return {};
  const Branch& branch = found->second;
  if (branch.records.empty()) return load(branch, out);
  out.insert(out.end(), branch.records.begin(), branch.records.end());
  return {};
}

std::vector<std::uint64_t> SegmentIndex::keys() const {
  std::vector<std::uint64_t> keys;
  keys.reserve(branches_.size());
  for (const auto& [key, branch] : branches_) keys.push_back(key);
  return keys;
}

Status SegmentIndex::load(const Branch& branch, std::vector<Record>& out) const {
  for (const auto offset : branch.offsets) {
    auto record = read_record(*file_, segment_id_, offset);
    if (!record) return record.error();
    out.push_back(std::move(*record));
  }
  return {};
}

}  // namespace xaodbc::log
