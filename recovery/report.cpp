#include "recovery/report.h"

#include <algorithm>
#include <map>
#include <utility>

#include "recovery/short_id.h"

namespace xaodbc::recovery {

Report make_report(Scan scan) {
  std::map<std::string, std::vector<Xid>> xids;
  for (const BranchFacts& facts : scan.branches) xids[facts.resource].push_back(facts.xid);
  std::map<std::string, ShortIds> ids;
  for (const auto& [resource, list] : xids) ids.emplace(resource, ShortIds(list));
  Report report;
  for (BranchFacts& facts : scan.branches) {
    Verdict verdict = judge(facts);
    std::string id = ids.at(facts.resource).id(facts.xid);
    report.lines.push_back({std::move(facts), std::move(verdict), std::move(id)});
  }
  report.errors = std::move(scan.errors);
  return report;
}

std::optional<std::chrono::seconds> age_of(const BranchFacts& facts, std::int64_t now_us) {
  const auto prepared = prepared_at_us(facts);
  if (!prepared) return std::nullopt;
  const std::chrono::microseconds age(std::max<std::int64_t>(now_us - *prepared, 0));
  return std::chrono::duration_cast<std::chrono::seconds>(age);
}

void keep_relevant(Report& report, std::optional<std::chrono::seconds> older_than,
                   std::int64_t now_us) {
  std::erase_if(report.lines, [&](const Line& line) {
    if (!needs_attention(line.verdict.state)) return true;
    const auto age = age_of(line.facts, now_us);
    return older_than && age && *age < *older_than;
  });
}

}  // namespace xaodbc::recovery
