#include "recovery/facts.h"

#include <algorithm>

#include "recovery/duration.h"

namespace xaodbc::recovery {

std::optional<std::int64_t> prepared_at_us(const BranchFacts& facts) {
  if (facts.history) {
    // The earliest: one whose vote was asked for again is not younger for it.
    const auto& records = facts.history->records;
    const auto preparing =
        std::ranges::find(records, log::RecordType::kPreparing, &log::Record::type);
    if (preparing != records.end()) return preparing->time_us;
  }
  if (facts.listed) return parse_server_time(facts.listed->prepared_at);
  return std::nullopt;
}

Origin origin_of(const BranchFacts& facts) {
  Origin origin{std::nullopt, facts.server};
  const auto* preparing =
      facts.history ? facts.history->find(log::RecordType::kPreparing) : nullptr;
  if (preparing == nullptr) return origin;
  origin.pid = preparing->pid;
  if (!preparing->server.empty()) origin.server = preparing->server;
  return origin;
}

}  // namespace xaodbc::recovery
