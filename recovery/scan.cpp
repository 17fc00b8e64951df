#include "recovery/scan.h"

#include <unordered_map>
#include <utility>

#include "base/deadline.h"
#include "recovery/as_owner.h"
#include "recovery/join.h"

namespace xaodbc::recovery {
namespace {

using log::RecordType;

Look look_at(Sources& sources, Deadline deadline, Scan& scan) {
  Look look;
  const std::string& name = sources.settings.name;
  if (sources.database) {
    if (auto listed = sources.database->list(deadline)) {
      look.server_asked = true;
      look.listed = *std::move(listed);
    } else {
      scan.errors.push_back({name, listed.error().message()});
    }
  }
  if (sources.log) {
    if (auto live = sources.log->live(name)) {
      look.log_read = true;
      look.logged = *std::move(live);
    } else {
      scan.errors.push_back({name, live.error().message()});
    }
  } else {
    look.log_read = sources.log_error.is_ok();
  }
  return look;
}

std::string field(const BranchFacts& facts, RecordType type, std::string log::Record::*member) {
  const log::Record* const record = facts.history ? facts.history->find(type) : nullptr;
  return record != nullptr ? record->*member : "";
}

/// The questions about single branches that the list does not answer, on one connection.
class Questions {
 public:
  Questions(odbc::Database& database, odbc::Connection& connection, Deadline deadline)
      : database_(database), connection_(connection), deadline_(deadline) {}

  Status answer(BranchFacts& facts) {
    facts.server = connection_.identity().server;
    if (Status status = ask_session(facts); !status.is_ok()) return status;
    return facts.listed ? Status::ok() : ask_proof(facts);
  }

 private:
  Status ask_session(BranchFacts& facts) {
    const std::string session = field(facts, RecordType::kPreparing, &log::Record::session);
    if (session.empty()) return Status::ok();
    const auto known = alive_.find(session);
    if (known == alive_.end()) {
      auto alive = database_.dialect().session_alive(connection_, session, deadline_);
      if (!alive) return alive.error();
      facts.session_alive = alive_[session] = *alive;
    } else {
      facts.session_alive = known->second;
    }
    return Status::ok();
  }

  Status ask_proof(BranchFacts& facts) {
    const std::string id = facts.history ? facts.history->transaction_id() : std::string();
    if (id.empty()) return Status::ok();
    auto proof = database_.dialect().prove(connection_, id, deadline_);
    if (!proof) return proof.error();
    facts.proof = *proof;
    return Status::ok();
  }

  odbc::Database& database_;
  odbc::Connection& connection_;
  Deadline deadline_;
  std::unordered_map<std::string, bool> alive_;
};

Status ask_about(Sources& sources, std::vector<BranchFacts>& branches, Deadline deadline) {
  if (branches.empty()) return Status::ok();
  auto lease = sources.database->pool().lease(deadline);
  if (!lease) return lease.error();
  Questions questions(*sources.database, **lease, deadline);
  for (BranchFacts& facts : branches) {
    if (Status status = questions.answer(facts); !status.is_ok()) return status;
  }
  return Status::ok();
}

void scan_one(const std::filesystem::path& ini, const std::string& name, FileSystem& files,
              Scan& scan) {
  const auto settings = config::load_resource(ini, name);
  if (!settings) {
    scan.errors.push_back({name, settings.error().message()});
    return;
  }
  const AsOwner owner(settings->log_directory);
  Sources sources = open_sources(*settings, files);
  Scan one = scan_resource(sources);
  std::move(one.branches.begin(), one.branches.end(), std::back_inserter(scan.branches));
  std::move(one.errors.begin(), one.errors.end(), std::back_inserter(scan.errors));
}

}  // namespace

Scan scan_resource(Sources& sources) {
  Scan scan;
  const std::string& name = sources.settings.name;
  const Deadline deadline = Deadline::after(sources.settings.verb_timeout);
  if (!sources.database) scan.errors.push_back({name, sources.database_error.message()});
  if (!sources.log_error.is_ok()) scan.errors.push_back({name, sources.log_error.message()});
  const Look first = look_at(sources, deadline, scan);
  const bool whole = first.server_asked && first.log_read;
  if (!whole || is_settled(first)) {
    scan.branches = join(name, first);
  } else {
    scan.branches = confirmed(join(name, look_at(sources, deadline, scan)), first);
  }
  if (!first.server_asked) return scan;
  if (Status status = ask_about(sources, scan.branches, deadline); !status.is_ok()) {
    scan.errors.push_back({name, status.message()});
  }
  return scan;
}

Result<Scan> scan_all(const std::filesystem::path& ini, const std::vector<std::string>& names,
                      FileSystem& files) {
  const auto known = config::load_without_secrets(ini);
  if (!known) return failure(known.error());
  Scan scan;
  for (const std::string& name : names) scan_one(ini, name, files, scan);
  if (!names.empty()) return scan;
  // "Nothing is in doubt" would be said of nothing that was looked at.
  if (known->empty()) {
    return failure(StatusCode::kMisconfigured,
                   ini.string() + " describes no resource; add a section [NAME], or give --ini");
  }
  for (const auto& settings : *known) scan_one(ini, settings.name, files, scan);
  return scan;
}

}  // namespace xaodbc::recovery
