#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "recovery/facts.h"
#include "recovery/scan.h"
#include "recovery/verdict.h"

namespace xaodbc::recovery {

/// One branch as it is reported.
struct Line {
  BranchFacts facts;
  Verdict verdict;
  std::string id;  ///< short, see ShortIds
};

struct Report {
  std::vector<Line> lines;
  std::vector<ScanError> errors;
};

/// Every branch of the scan with its verdict and its id; ids are made over all of them, whatever is
/// shown.
Report make_report(Scan scan);

/// Leaves what a scan is about: needs_attention(), and at least that old. A branch whose age nobody
/// knows stays.
void keep_relevant(Report& report, std::optional<std::chrono::seconds> older_than,
                   std::int64_t now_us);

/// Seconds since it was prepared; nothing when nobody knows.
std::optional<std::chrono::seconds> age_of(const BranchFacts& facts, std::int64_t now_us);

/// A table and what its states mean, for people. Errors are not in it.
std::string to_text(const Report& report, std::int64_t now_us);
/// Everything about one branch, for people.
std::string to_text(const Line& line, std::int64_t now_us);

/// `{"branches": [...], "errors": [...]}`; the fields are described in docs/xaodbc.1.
std::string to_json(const Report& report, std::int64_t now_us);
/// One element of "branches", with the log's records in it.
std::string to_json(const Line& line, std::int64_t now_us);

}  // namespace xaodbc::recovery
