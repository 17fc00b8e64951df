#include "log/segment_index.h"

#include <algorithm>
#include <utility>

#include "log/bytes.h"
#include "log/lives.h"
#include "log/segment_reader.h"

namespace xaodbc::log {
namespace {

/// Most branches have as many records in one segment: preparing, prepared, committing, done.
constexpr std::size_t kUsualRecords = 4;
/// Room of finished branches that is kept for the next ones.
constexpr std::size_t kMostSpare = 64;

/// All or nothing, when there is no memory.
void append_payload(std::string& payloads, std::string_view payload) {
  payloads.reserve(payloads.size() + sizeof(std::uint32_t) + payload.size());
  put(payloads, static_cast<std::uint32_t>(payload.size()));
  payloads += payload;
}

template <class Visit>
void for_each_payload(std::string_view payloads, Visit&& visit) {
  for (ByteReader reader(payloads); reader.size() > 0;) {
    visit(*reader.bytes(*reader.number<std::uint32_t>()));
  }
}

}  // namespace

Status SegmentIndex::add(const Record& record, std::uint64_t offset) {
  return add(branch_key(record.resource, record.xid), encode_record(record), offset);
}

Status SegmentIndex::add(std::uint64_t key, std::string_view payload, std::uint64_t offset) {
  Branch& branch = branches_[key];
  const bool was_pending = !branch.payloads.empty();
  if (!was_pending) {
    if (auto status = load(branch); !status.is_ok()) return status;
    spare_pending_.insert(pending_, key);
  }
  branch.offsets.push_back(static_cast<std::uint32_t>(offset));
  append_payload(branch.payloads, payload);
  if (may_finish(head_of(payload).type) && all_finished(branch)) finish(key, branch);
  return {};
}

/// Makes room for a branch that is new, or reads again what was dropped of one that had finished.
Status SegmentIndex::load(Branch& branch) {
  std::string payloads;
  if (!spare_payloads_.empty()) {
    payloads = std::move(spare_payloads_.back());
    spare_payloads_.pop_back();
  }
  for (const auto offset : branch.offsets) {
    auto record = read_record(*file_, segment_id_, offset);
    if (!record) return record.error();
    append_payload(payloads, encode_record(*record));
  }
  branch.payloads = std::move(payloads);
  branch.offsets.reserve(kUsualRecords);
  return {};
}

bool SegmentIndex::all_finished(const Branch& branch) {
  heads_.clear();
  for_each_payload(branch.payloads,
                   [this](std::string_view payload) { heads_.push_back(head_of(payload)); });
  return std::ranges::all_of(
      heads_, [this](const RecordHead& head) { return is_finished(heads_, head.birth); });
}

void SegmentIndex::finish(std::uint64_t key, Branch& branch) {
  std::string payloads = std::exchange(branch.payloads, {});
  payloads.clear();
  if (spare_payloads_.size() < kMostSpare) spare_payloads_.push_back(std::move(payloads));
  spare_pending_.erase(pending_, key);
}

Status SegmentIndex::collect(std::uint64_t key, std::vector<Record>& out) const {
  const auto found = branches_.find(key);
  if (found == branches_.end()) return {};
  const Branch& branch = found->second;
  Status status;
  const auto take = [&](Result<Record> record) {
    if (record) out.push_back(std::move(*record));
    if (!record) status = record.error();
  };
  for_each_payload(branch.payloads, [&](std::string_view bytes) { take(decode_record(bytes)); });
  if (!branch.payloads.empty()) return status;
  for (const auto offset : branch.offsets) take(read_record(*file_, segment_id_, offset));
  return status;
}

std::vector<std::uint64_t> SegmentIndex::keys() const {
  std::vector<std::uint64_t> keys;
  keys.reserve(branches_.size());
  for (const auto& [key, branch] : branches_) keys.push_back(key);
  return keys;
}

}  // namespace xaodbc::log
