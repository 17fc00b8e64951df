#include "recovery/demo_bank.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>

#include "base/deadline.h"

namespace xaodbc::recovery {
namespace {

constexpr std::chrono::seconds kPatience{20};

Result<long> read_balance(const odbc::Answer& answer) {
  if (answer.rows.size() != 1 || answer.rows[0].size() != 1 || !answer.rows[0][0]) {
    return failure(StatusCode::kInternal, "the account is not there");
  }
  const std::string& text = *answer.rows[0][0];
  long balance = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), balance);
  if (error != std::errc()) return failure(StatusCode::kInternal, "'" + text + "' is no balance");
  return balance;
}

}  // namespace

std::string demo_table(const std::string& run) { return "xaodbc_demo_" + run; }

std::string demo_update(const std::string& run, std::size_t bank, long change) {
  return fmt::format("UPDATE {} SET balance = balance + ({}) WHERE owner = '{}'", demo_table(run),
                     change, kOwners[bank]);
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
    const auto filled = execute(
        bank, fmt::format("INSERT INTO {} VALUES ('{}', {})", table, kOwners[bank], kFirstBalance));
    if (!filled) return filled.error();
  }
  return Status::ok();
}

Result<Balances> DemoBanks::balances() {
  Balances all{};
  for (std::size_t bank = 0; bank < kBanks.size(); ++bank) {
    const auto answer = execute(bank, "SELECT balance FROM " + demo_table(run_));
    if (!answer) return failure(answer.error());
    const auto balance = read_balance(*answer);
    if (!balance) return failure(balance.error());
    all[bank] = *balance;
  }
  return all;
}

Status DemoBanks::drop_accounts() {
  Status first;
  for (std::size_t bank = 0; bank < kBanks.size(); ++bank) {
    const auto dropped = execute(bank, "DROP TABLE IF EXISTS " + demo_table(run_));
    if (!dropped && first.is_ok()) first = dropped.error();
  }
  return first;
}

}  // namespace xaodbc::recovery
