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

}  // namespace xaodbc::recovery
