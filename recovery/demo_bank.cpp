#include "recovery/demo_bank.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <vector>

#include "base/deadline.h"

namespace xaodbc::recovery {
namespace {

constexpr std::chrono::seconds kPatience{20};

Result<long> read_balance(const odbc::Row& row) {
  if (row.size() != 1 || !row[0]) return failure(StatusCode::kInternal, "no balance");
  long balance = 0;
  const char* const end = row[0]->data() + row[0]->size();
  const auto [stop, error] = std::from_chars(row[0]->data(), end, balance);
  if (error != std::errc() || stop != end) {
    return failure(StatusCode::kInternal, "'" + *row[0] + "' is no balance");
  }
  return balance;
}

}  // namespace

std::string demo_table(const std::string& run) { return "xaodbc_demo_" + run; }

std::string demo_update(const std::string& run, std::size_t bank, std::size_t pair, long change) {
  return fmt::format("UPDATE {} SET balance = balance + ({}) WHERE owner = '{}'", demo_table(run),
                     change, kOwners[bank][pair]);
}

Result<DemoBanks> DemoBanks::open(const std::filesystem::path& ini, const std::string& run) {
  DemoBanks banks;
  banks.run_ = run;
  for (std::size_t bank = 0; bank < kBanks.size(); ++bank) {
    const auto settings = config::load_resource(ini, kBanks[bank]);
    if (!settings) return failure(settings.error());
    auto database = odbc::Database::open(*settings, Deadline::after(kPatience));
    if (!database) return failure(database.error().with_context(kBanks[bank]));
    banks.databases_[bank] = *std::move(database);
  }
  return banks;
}

std::string DemoBanks::describe(std::size_t bank) {
  return std::string(databases_[bank]->dialect().name());
}

Result<odbc::Answer> DemoBanks::execute(std::size_t bank, const std::string& sql) {
  auto lease = databases_[bank]->pool().lease(Deadline::after(kPatience));
  if (!lease) return failure(lease.error());
  auto answer = (*lease)->execute(sql, Deadline::after(kPatience));
  if (answer.ok) return answer;
  return failure(StatusCode::kInternal,
                 fmt::format("{}: {}", kBanks[bank], answer.diagnostics.to_string()));
}

Status DemoBanks::create_accounts() {
  for (std::size_t bank = 0; bank < kBanks.size(); ++bank) {
    const std::string table = demo_table(run_);
    const auto created = execute(
        bank,
        fmt::format("CREATE TABLE {} (owner VARCHAR(20) PRIMARY KEY, balance BIGINT NOT NULL)",
                    table));
    if (!created) return created.error();
    const auto filled =
        execute(bank, fmt::format("INSERT INTO {0} VALUES ('{1}', {3}), ('{2}', {3})", table,
                                  kOwners[bank][0], kOwners[bank][1], kFirstBalance));
    if (!filled) return filled.error();
  }
  return Status::ok();
}

Result<Balances> DemoBanks::balances() {
  Balances all{};
  for (std::size_t bank = 0; bank < kBanks.size(); ++bank) {
    const auto answer =
        execute(bank, "SELECT balance FROM " + demo_table(run_) + " ORDER BY owner");
    if (!answer) return failure(answer.error());
    if (answer->rows.size() != kPairs) {
      return failure(StatusCode::kInternal, fmt::format("{} lost an account", kBanks[bank]));
    }
    for (std::size_t row = 0; row < kPairs; ++row) {
      const auto balance = read_balance(answer->rows[row]);
      if (!balance) return failure(balance.error());
      all[bank][row] = *balance;
    }
  }
  return all;
}

Status DemoBanks::drop_accounts() {
  Status first;
  for (std::size_t bank = 0; bank < kBanks.size(); ++bank) {
    const Status dropped = drop_accounts(bank);
    if (first.is_ok()) first = dropped;
  }
  return first;
}

Status DemoBanks::drop_accounts(std::size_t bank) {
  std::vector<std::string> tables = {demo_table(run_)};
  // Branches in an SQLite file keep their rows in a table beside it, which outlives it.
  if (databases_[bank]->dialect().name() == "sqlite") {
    tables.push_back("xaodbc_row_" + demo_table(run_));
    if (Status status = require_unused(bank, tables.back()); !status.is_ok()) return status;
  }
  for (const std::string& table : tables) {
    const auto dropped = execute(bank, "DROP TABLE IF EXISTS " + table);
    if (!dropped) return dropped.error();
  }
  return Status::ok();
}

Status DemoBanks::require_unused(std::size_t bank, const std::string& side) {
  const auto known =
      execute(bank, fmt::format("SELECT 1 FROM main.sqlite_master WHERE name = '{}'", side));
  if (!known) return known.error();
  if (known->rows.empty()) return Status::ok();
  const auto held = execute(bank, fmt::format("SELECT 1 FROM {} LIMIT 1", side));
  if (!held) return held.error();
  if (held->rows.empty()) return Status::ok();
  return {StatusCode::kInternal,
          fmt::format("{}: a branch is still in doubt, {} stays", kBanks[bank], demo_table(run_))};
}

}  // namespace xaodbc::recovery
