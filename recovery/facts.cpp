#include "recovery/facts.h"

#include "recovery/duration.h"

namespace xaodbc::recovery {

std::optional<std::int64_t> prepared_at_us(const BranchFacts& facts) {
  if (facts.history) {
    if (const auto* preparing = facts.history->find(log::RecordType::kPreparing)) {
      return preparing->time_us;
    }
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
