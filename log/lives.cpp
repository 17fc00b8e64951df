#include "log/lives.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/text.h"

namespace xaodbc::log {
namespace {

/// Total for records of one branch, so that merging never depends on the order of arrival; encoded
/// only when everything else is equal.
bool earlier(const Record& a, const Record& b) {
  const auto key = [](const Record& r) { return std::tuple(r.time_us, r.type, r.birth, r.pid); };
  if (key(a) != key(b)) return key(a) < key(b);
  return encode_record(a) < encode_record(b);
}

auto branch_of(const Record& record) {
  return std::tuple(std::string_view(record.resource), record.xid.format_id(), record.xid.gtrid(),
                    record.xid.bqual());
}

bool same_branch(const BranchHistory& a, const BranchHistory& b) {
  return a.resource == b.resource && a.xid == b.xid;
}

bool was_open_at(const BranchHistory& life, std::int64_t time_us) {
  const Record* done = life.find(RecordType::kDone);
  return done == nullptr || done->time_us >= time_us;
}

/// `lives` are ascending by branch and birth.
void give_marks_to_open_lives(std::vector<BranchHistory>& lives) {
  BranchHistory* owner = nullptr;
  for (auto& life : lives) {
    if (owner != nullptr && !same_branch(*owner, life)) owner = nullptr;
    if (!is_mark_only(life)) {
      owner = &life;
    } else if (owner != nullptr && was_open_at(*owner, life.records.front().time_us)) {
      std::move(life.records.begin(), life.records.end(), std::back_inserter(owner->records));
      life.records.clear();
      std::sort(owner->records.begin(), owner->records.end(), earlier);
    }
  }
  std::erase_if(lives, [](const BranchHistory& life) { return life.records.empty(); });
}

}  // namespace

std::uint64_t branch_key(std::string_view resource, const Xid& xid) {
  return quick_hash(resource, xid.hash());
}

std::vector<BranchHistory> merge_lives(std::vector<Record> records) {
  std::sort(records.begin(), records.end(), [](const Record& a, const Record& b) {
    if (branch_of(a) != branch_of(b)) return branch_of(a) < branch_of(b);
    return a.birth != b.birth ? a.birth < b.birth : earlier(a, b);
  });
  records.erase(std::unique(records.begin(), records.end()), records.end());
  std::vector<BranchHistory> lives;
  for (auto& record : records) {
    if (lives.empty() || lives.back().birth != record.birth ||
        lives.back().resource != record.resource || lives.back().xid != record.xid) {
      lives.push_back({record.xid, record.resource, record.birth, {}});
    }
    lives.back().records.push_back(std::move(record));
  }
  give_marks_to_open_lives(lives);
  return lives;
}

bool is_mark_only(const BranchHistory& life) {
  return std::all_of(life.records.begin(), life.records.end(),
                     [](const Record& record) { return is_mark(record.type); });
}

bool fades(const BranchHistory& life) {
  return is_mark_only(life) || life.has(RecordType::kReadOnly);
}

bool must_keep(const BranchHistory& life, std::int64_t now_us) {
  if (!life.is_live()) return false;
  return !fades(life) || now_us - life.records.back().time_us < kMarkLifetimeUs;
}

}  // namespace xaodbc::log
