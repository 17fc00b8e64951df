#pragma once

#include <xaodbc/xa.h>

#include <array>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "base/status.h"
#include "recovery/demo_bank.h"
#include "recovery/demo_decisions.h"
#include "recovery/demo_library.h"

namespace xaodbc::recovery {

/// What a recovery did with one branch it found.
struct DemoRecovered {
  std::size_t bank = 0;
  std::string gtrid;
  bool committed = false;
};

/// A transaction manager of about the smallest size that is still right: one transaction at a
/// time over both banks, its own durable decisions, presumed rollback.
class DemoCoordinator {
 public:
  /// Loads the library and opens both banks. `run` is part of every XID, so that recovery touches
  /// nothing of other transaction managers.
  static Result<DemoCoordinator> start(const std::filesystem::path& library,
                                       const std::filesystem::path& ini,
                                       const std::filesystem::path& directory, std::string run);

  /// xa_start at both banks, the two updates through the branches' connections, xa_end.
  Status transfer(const std::string& number, std::size_t pair, long from_a_to_b);
  Status prepare();
  /// The moment that counts: from here on the transaction is committed, whatever crashes.
  Status decide_commit();
  Status commit();
  Status rollback();

  /// xa_recover at both banks; every branch of this run that it lists is finished.
  Result<std::vector<DemoRecovered>> recover();
  Status close();

 private:
  DemoCoordinator(DemoLibrary library, const std::filesystem::path& directory, std::string run)
      : library_(library), decisions_(directory), run_(std::move(run)) {}

  [[nodiscard]] XID branch(std::size_t bank) const;
  [[nodiscard]] bool is_ours(const XID& xid) const;
  Status check(int answer, const char* verb, std::size_t bank) const;
  Status update(std::size_t bank, std::size_t pair, long change);
  Result<std::vector<XID>> scan(std::size_t bank);
  /// Second phase; repeated as long as the library asks for it.
  Status finish(XID xid, std::size_t bank, bool commit);

  DemoLibrary library_;
  DemoDecisions decisions_;
  std::string run_;
  std::string gtrid_;
};

}  // namespace xaodbc::recovery
