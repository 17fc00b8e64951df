#include "recovery/demo_coordinator.h"

#include <fmt/format.h>

#include <chrono>
#include <cstring>
#include <string_view>
#include <thread>
#include <utility>

#include "odbc/statement.h"

namespace xaodbc::recovery {
namespace {

/// "demo" as a number: within what MariaDB takes for a formatID.
constexpr long kFormatId = 0x64656d6f;
constexpr std::array<const char*, 2> kQualifiers{"a", "b"};
constexpr int kAttempts = 20;
constexpr std::chrono::milliseconds kPause{250};

int rmid_of(std::size_t bank) { return static_cast<int>(bank) + 1; }

std::string_view gtrid_of(const XID& xid) {
  return {xid.data, static_cast<std::size_t>(xid.gtrid_length)};
}

}  // namespace

XID DemoCoordinator::branch(std::size_t bank) const {
  XID xid{};
  xid.formatID = kFormatId;
  xid.gtrid_length = static_cast<long>(gtrid_.size());
  xid.bqual_length = 1;
  std::memcpy(xid.data, gtrid_.data(), gtrid_.size());
  xid.data[gtrid_.size()] = *kQualifiers[bank];
  return xid;
}

bool DemoCoordinator::is_ours(const XID& xid) const {
  return xid.formatID == kFormatId && gtrid_of(xid).starts_with(run_ + "-");
}

Status DemoCoordinator::check(int answer, const char* verb, std::size_t bank) const {
  if (answer == XA_OK) return Status::ok();
  return {StatusCode::kInternal, fmt::format("{} at {} answered {}: {}", verb, kBanks[bank], answer,
                                             library_.last_error())};
}

Result<DemoCoordinator> DemoCoordinator::start(const std::filesystem::path& library,
                                               const std::filesystem::path& ini,
                                               const std::filesystem::path& directory,
                                               std::string run) {
  const auto loaded = DemoLibrary::load(library);
  if (!loaded) return failure(loaded.error());
  DemoCoordinator coordinator(*loaded, directory, std::move(run));
  for (std::size_t bank = 0; bank < kBanks.size(); ++bank) {
    std::string info =
        fmt::format("resource={};ini={}", kBanks[bank], std::filesystem::absolute(ini).string());
    const int answer = loaded->entries->xa_open_entry(info.data(), rmid_of(bank), TMNOFLAGS);
    Status status = coordinator.check(answer, "xa_open", bank);
    if (!status.is_ok()) return failure(std::move(status));
  }
  return coordinator;
}

Status DemoCoordinator::update(std::size_t bank, std::size_t pair, long change) {
  void* const connection = library_.connection(rmid_of(bank));
  if (connection == nullptr) {
    return {StatusCode::kInternal, fmt::format("{} gave no connection", kBanks[bank])};
  }
  const auto answer = odbc::execute_on(connection, demo_update(run_, bank, pair, change));
  if (answer.ok) return Status::ok();
  return {StatusCode::kInternal,
          fmt::format("{}: {}", kBanks[bank], answer.diagnostics.to_string())};
}

Status DemoCoordinator::transfer(const std::string& number, std::size_t pair, long from_a_to_b) {
  gtrid_ = run_ + "-" + number;
  const std::array<long, 2> changes{-from_a_to_b, from_a_to_b};
  for (std::size_t bank = 0; bank < kBanks.size(); ++bank) {
    XID xid = branch(bank);
    const auto& entries = *library_.entries;
    Status status = check(entries.xa_start_entry(&xid, rmid_of(bank), TMNOFLAGS), "xa_start", bank);
    if (status.is_ok()) status = update(bank, pair, changes[bank]);
    if (!status.is_ok()) return status;
    status = check(entries.xa_end_entry(&xid, rmid_of(bank), TMSUCCESS), "xa_end", bank);
    if (!status.is_ok()) return status;
  }
  return Status::ok();
}

Status DemoCoordinator::prepare() {
  for (std::size_t bank = 0; bank < kBanks.size(); ++bank) {
    XID xid = branch(bank);
    const int answer = library_.entries->xa_prepare_entry(&xid, rmid_of(bank), TMNOFLAGS);
    if (Status status = check(answer, "xa_prepare", bank); !status.is_ok()) return status;
  }
  return Status::ok();
}

Status DemoCoordinator::decide_commit() { return decisions_.write_commit(gtrid_); }

Status DemoCoordinator::finish(XID xid, std::size_t bank, bool commit) {
  const auto& entries = *library_.entries;
  const auto entry = commit ? entries.xa_commit_entry : entries.xa_rollback_entry;
  const char* const verb = commit ? "xa_commit" : "xa_rollback";
  for (int attempt = 1;; ++attempt) {
    const int answer = entry(&xid, rmid_of(bank), TMNOFLAGS);
    const bool again = answer == XA_RETRY || answer == XAER_RMFAIL;
    if (!again || attempt == kAttempts) return check(answer, verb, bank);
    std::this_thread::sleep_for(kPause);
  }
}

Status DemoCoordinator::commit() {
  for (std::size_t bank = 0; bank < kBanks.size(); ++bank) {
    if (Status status = finish(branch(bank), bank, true); !status.is_ok()) return status;
  }
  return Status::ok();
}

Status DemoCoordinator::rollback() {
  for (std::size_t bank = 0; bank < kBanks.size(); ++bank) {
    if (Status status = finish(branch(bank), bank, false); !status.is_ok()) return status;
  }
  return Status::ok();
}

Result<std::vector<XID>> DemoCoordinator::scan(std::size_t bank) {
  std::vector<XID> found;
  std::array<XID, 16> page{};
  long flags = TMSTARTRSCAN;
  for (;;) {
    const int count = library_.entries->xa_recover_entry(
        page.data(), static_cast<long>(page.size()), rmid_of(bank), flags);
    if (count < 0) return failure(check(count, "xa_recover", bank));
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      if (is_ours(page[i])) found.push_back(page[i]);
    }
    if (count < static_cast<int>(page.size())) break;
    flags = TMNOFLAGS;
  }
  library_.entries->xa_recover_entry(nullptr, 0, rmid_of(bank), TMENDRSCAN);
  return found;
}

Result<std::vector<DemoRecovered>> DemoCoordinator::recover() {
  const auto decided = decisions_.read();
  if (!decided) return failure(decided.error());
  std::vector<DemoRecovered> all;
  for (std::size_t bank = 0; bank < kBanks.size(); ++bank) {
    const auto found = scan(bank);
    if (!found) return failure(found.error());
    for (const XID& xid : *found) {
      const std::string gtrid(gtrid_of(xid));
      const bool commit = decided->contains(gtrid);
      if (Status status = finish(xid, bank, commit); !status.is_ok()) return failure(status);
      all.push_back({bank, gtrid, commit});
    }
  }
  return all;
}

Status DemoCoordinator::close() {
  Status first;
  for (std::size_t bank = 0; bank < kBanks.size(); ++bank) {
    std::string nothing;
    const int answer = library_.entries->xa_close_entry(nothing.data(), rmid_of(bank), TMNOFLAGS);
    Status status = check(answer, "xa_close", bank);
    if (first.is_ok()) first = std::move(status);
  }
  return first;
}

}  // namespace xaodbc::recovery
