#include "log/reservations.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "log/bytes.h"
#include "log/format.h"
#include "log/lives.h"

namespace xaodbc::log {
namespace {

constexpr std::array kFollowing = {RecordType::kPrepared,    RecordType::kCommitting,
                                   RecordType::kRollingBack, RecordType::kDone,
                                   RecordType::kHeuristic,   RecordType::kForgotten};

/// What the texts of a later record are expected to need, tags included. A longer one still finds
/// its room while there is any; the expectation counts on the full disk.
constexpr std::size_t kTransactionIdRoom = 64;
constexpr std::size_t kOperatorRoom = 256;
constexpr std::size_t kReasonRoom = 512;

std::uint64_t life_key(const Record& record) {
  std::array<char, sizeof record.birth> birth{};
  write_number(birth.data(), record.birth);
  return quick_hash({birth.data(), birth.size()}, branch_key(record.resource, record.xid));
}

constexpr std::uint32_t bit(RecordType type) { return 1U << static_cast<unsigned>(type); }

}  // namespace

Reservations::Life Reservations::measure(const Record& first) {
  return {bare_size(first), first.gid.size() + first.server.size(), 0};
}

std::size_t Reservations::share(const Life& life, RecordType type) {
  switch (type) {
    case RecordType::kPrepared:
      return frame_size(life.base + kTransactionIdRoom);
    case RecordType::kHeuristic:
      return frame_size(life.base + life.heuristic + kOperatorRoom + kReasonRoom);
    case RecordType::kForgotten:
      return frame_size(life.base + kOperatorRoom);
    case RecordType::kCommitting:
    case RecordType::kRollingBack:
    case RecordType::kDone:
      return frame_size(life.base);
    case RecordType::kPreparing:
    case RecordType::kRolledBack:
    case RecordType::kReadOnly:
      return 0;
  }
  return 0;
}

std::size_t Reservations::remaining(const Life& life) {
  std::size_t sum = 0;
  for (const auto type : kFollowing) sum += (life.used & bit(type)) == 0 ? share(life, type) : 0;
  return sum;
}

std::size_t Reservations::needed_after(const Record& first) { return remaining(measure(first)); }

void Reservations::open(std::span<const Record> records) {
  close(records.front());
  Life life = measure(records.front());
  for (const auto& record : records) {
    life.used |= bit(record.type);
    life.heuristic = std::max(life.heuristic, record.gid.size() + record.server.size());
  }
  spare_lives_.insert(lives_, life_key(records.front()), life);
  total_ += remaining(life);
}

std::size_t Reservations::covered(const Record& record, std::size_t size) const {
  const auto found = lives_.find(life_key(record));
  if (found == lives_.end() || (found->second.used & bit(record.type)) != 0) return 0;
  return std::min(size, share(found->second, record.type));
}

void Reservations::use(const Record& record) {
  const auto found = lives_.find(life_key(record));
  if (found == lives_.end() || (found->second.used & bit(record.type)) != 0) return;
  total_ -= share(found->second, record.type);
  found->second.used |= bit(record.type);
}

void Reservations::close(const Record& any) {
  const auto found = lives_.find(life_key(any));
  if (found == lives_.end()) return;
  total_ -= remaining(found->second);
  spare_lives_.erase(lives_, found->first);
}

}  // namespace xaodbc::log
