#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <string>

#include "base/status.h"
#include "odbc/database.h"

namespace xaodbc::recovery {

/// The two banks, in the order of their rmids.
constexpr std::array<const char*, 2> kBanks{"bank-a", "bank-b"};
/// Two customers at each; money moves between those of the same place. The second pair is there
/// because a prepared transfer keeps the rows of the first one locked.
constexpr std::size_t kPairs = 2;
constexpr std::array<std::array<const char*, kPairs>, 2> kOwners{{{"ada", "eve"}, {"bob", "dan"}}};
constexpr long kFirstBalance = 1000;

/// One table of accounts per bank, in a table of this run's own.
std::string demo_table(const std::string& run);
/// The statement that changes one account of a bank.
std::string demo_update(const std::string& run, std::size_t bank, std::size_t pair, long change);

/// By bank, then by pair.
using Balances = std::array<std::array<long, kPairs>, 2>;

/// The banks' own view of their tables, over connections that have nothing to do with any branch.
class DemoBanks {
 public:
  static Result<DemoBanks> open(const std::filesystem::path& ini, const std::string& run);

  Status create_accounts();
  Result<Balances> balances();
  Status drop_accounts();
  /// `PostgreSQL ...`, as the driver names the server.
  [[nodiscard]] std::string describe(std::size_t bank);

 private:
  Status drop_accounts(std::size_t bank);
  /// Without the rows in that table a branch in doubt could not even be rolled back.
  Status require_unused(std::size_t bank, const std::string& side);
  Result<odbc::Answer> execute(std::size_t bank, const std::string& sql);

  std::string run_;
  std::array<std::shared_ptr<odbc::Database>, 2> databases_;
};

}  // namespace xaodbc::recovery
