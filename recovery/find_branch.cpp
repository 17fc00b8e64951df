#include "recovery/find_branch.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "recovery/short_id.h"

namespace xaodbc::recovery {
namespace {

/// A branch that is not live, but that the log still remembers.
std::optional<BranchFacts> remembered(Sources& sources, const Xid& xid) {
  if (!sources.log) return std::nullopt;
  auto history = sources.log->find(sources.settings.name, xid);
  if (!history || !*history) return std::nullopt;
  BranchFacts facts;
  facts.resource = sources.settings.name;
  facts.xid = xid;
  facts.server_asked = sources.database != nullptr;
  facts.log_read = true;
  facts.history = **std::move(history);
  return facts;
}

Status not_found(const Report& report, std::string message) {
  if (report.errors.empty()) return {StatusCode::kUnknownBranch, std::move(message)};
  std::string causes;
  for (const ScanError& error : report.errors) causes += "; " + error.message;
  return {StatusCode::kUnavailable,
          fmt::format("{}, but not everything could be looked at{}", message, causes)};
}

Result<Line> pick(Sources& sources, const Report& report, const Xid& xid) {
  const auto same = [&](const Line& line) { return line.facts.xid == xid; };
  const auto found = std::find_if(report.lines.begin(), report.lines.end(), same);
  if (found != report.lines.end()) return *found;
  if (auto facts = remembered(sources, xid)) {
    Verdict verdict = judge(*facts);
    std::string id = ShortIds({xid}).id(xid);
    return Line{*std::move(facts), std::move(verdict), std::move(id)};
  }
  return failure(not_found(report, fmt::format("{} has no branch {}, neither on the server nor in "
                                               "the log",
                                               sources.settings.name, xid.to_string())));
}

Result<Xid> resolve(const Report& report, const std::string& text) {
  std::vector<Xid> xids;
  for (const Line& line : report.lines) xids.push_back(line.facts.xid);
  auto xid = ShortIds(std::move(xids)).resolve(text);
  if (xid || !xid.error().is(StatusCode::kUnknownBranch)) return xid;
  return failure(not_found(report, xid.error().message()));
}

}  // namespace

Result<Found> find_branch(const BranchOptions& options, FileSystem& files) {
  const auto settings = config::load_resource(options.ini, options.resource);
  if (!settings) return failure(settings.error());
  Found found;
  found.owner = std::make_unique<AsOwner>(settings->log_directory);
  found.sources = open_sources(*settings, files);
  Report report = make_report(scan_resource(found.sources));
  const auto xid = resolve(report, options.branch);
  if (!xid) return failure(xid.error());
  auto line = pick(found.sources, report, *xid);
  if (!line) return failure(line.error());
  found.line = *std::move(line);
  found.errors = std::move(report.errors);
  return found;
}

Status look_again(Found& found) {
  const Report report = make_report(scan_resource(found.sources));
  auto line = pick(found.sources, report, found.line.facts.xid);
  if (!line) return line.error();
  found.line = *std::move(line);
  found.errors = report.errors;
  return Status::ok();
}

}  // namespace xaodbc::recovery
