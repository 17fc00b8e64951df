#include <nlohmann/json.hpp>

#include "base/text.h"
#include "recovery/duration.h"
#include "recovery/report.h"

namespace xaodbc::recovery {
namespace {

using Json = nlohmann::ordered_json;
using log::Record;
using odbc::ServerProof;

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

std::string_view proof_name(ServerProof proof) {
  switch (proof) {
    case ServerProof::kCommitted:
      return "committed";
    case ServerProof::kRolledBack:
      return "rolled-back";
    case ServerProof::kInProgress:
      return "in-progress";
    case ServerProof::kNothing:
      return "nothing";
  }
  return "nothing";
}

Json record_json(const Record& record) {
  Json json;
  json["type"] = log::to_string(record.type);
  json["time"] = format_time(record.time_us);
  json["pid"] = record.pid;
  if (record.outcome != log::Outcome::kNone) json["outcome"] = log::to_string(record.outcome);
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) json[name] = value;
  };
  add("gid", record.gid);
  add("server", record.server);
  add("session", record.session);
  add("transaction_id", record.transaction_id);
  add("operator", record.operator_name);
  add("reason", record.reason);
  return json;
}

Json choice_json(const Choice& choice) {
  return {{"allowed", choice.allowed}, {"meaning", choice.meaning}};
}

Json server_json(const BranchFacts& facts) {
  Json json;
  json["asked"] = facts.server_asked;
  json["identity"] = text_or_null(facts.server);
  json["lists_it"] = facts.server_asked ? Json(facts.listed.has_value()) : Json();
  json["gid"] = facts.listed ? text_or_null(facts.listed->gid) : Json();
  json["prepared_at"] = facts.listed ? text_or_null(facts.listed->prepared_at) : Json();
  json["owner"] = facts.listed ? text_or_null(facts.listed->owner) : Json();
  json["surely_ours"] = facts.listed ? Json(facts.listed->surely_ours) : Json();
  json["session_alive"] = facts.session_alive ? Json(*facts.session_alive) : Json();
  json["proof"] = proof_name(facts.proof);
  return json;
}

Json log_json(const BranchFacts& facts) {
  Json json;
  json["read"] = facts.log_read;
  json["records"] = Json::array();
  if (!facts.history) return json;
  for (const Record& record : facts.history->records) {
    json["records"].push_back(record_json(record));
  }
  return json;
}

Json heuristic_json(const BranchFacts& facts) {
  const Record* const decision = facts.history ? facts.history->heuristic() : nullptr;
  return decision != nullptr ? record_json(*decision) : Json();
}

Json line_json(const Line& line, std::int64_t now_us) {
  const BranchFacts& facts = line.facts;
  const auto age = age_of(facts, now_us);
  Json json;
  json["resource"] = facts.resource;
  json["id"] = line.id;
  json["xid"] = facts.xid.to_string();
  json["format_id"] = facts.xid.format_id();
  json["gtrid"] = to_hex(facts.xid.gtrid());
  json["bqual"] = to_hex(facts.xid.bqual());
  json["state"] = to_string(line.verdict.state);
  json["summary"] = line.verdict.summary;
  json["age_seconds"] = age ? Json(age->count()) : Json();
  const Origin origin = origin_of(facts);
  json["prepared_by"] = {{"pid", origin.pid ? Json(*origin.pid) : Json()},
                         {"server", text_or_null(origin.server)}};
  json["server"] = server_json(facts);
  json["log"] = log_json(facts);
  json["heuristic"] = heuristic_json(facts);
  json["decisions"] = {{"commit", choice_json(line.verdict.commit)},
                       {"rollback", choice_json(line.verdict.rollback)},
                       {"forget", choice_json(line.verdict.forget)},
                       {"wait", {{"meaning", line.verdict.waiting}}}};
  return json;
}

/// Servers answer in whatever encoding they like; what is not UTF-8 is replaced, not fatal.
std::string dump(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string to_json(const Report& report, std::int64_t now_us) {
  Json json;
  json["branches"] = Json::array();
  for (const Line& line : report.lines) json["branches"].push_back(line_json(line, now_us));
  json["errors"] = Json::array();
  for (const ScanError& error : report.errors) {
    json["errors"].push_back({{"resource", error.resource}, {"message", error.message}});
  }
  return dump(json);
}

std::string to_json(const Line& line, std::int64_t now_us) { return dump(line_json(line, now_us)); }

}  // namespace xaodbc::recovery
