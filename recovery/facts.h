#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "branch/xid.h"
#include "log/history.h"
#include "odbc/dialect.h"

namespace xaodbc::recovery {

/// Everything that was seen of one branch of one resource; no opinion. What it means: verdict.h.
struct BranchFacts {
  std::string resource;
  Xid xid;
  /// False: the server could not be asked, so that `listed`, `session_alive` and `proof` say
  /// nothing.
  bool server_asked = false;
  std::string server;                        ///< that was asked: its identity
  std::optional<odbc::ListedBranch> listed;  ///< the server's row
  /// False: the log could not be read, so that an empty `history` says nothing.
  bool log_read = false;
  std::optional<log::BranchHistory> history;  ///< what the log knows
  /// Does the session that prepared it still exist? Nothing when that is not known.
  std::optional<bool> session_alive;
  /// Of a branch that the log knows as prepared and the server does not list.
  odbc::ServerProof proof = odbc::ServerProof::kNothing;
};

/// When the branch was prepared, for the first time that it was tried: by the log, else by the
/// server's list. Nothing when neither tells.
std::optional<std::int64_t> prepared_at_us(const BranchFacts& facts);

/// Where the branch was prepared: the process of this host (nothing when its log does not know the
/// branch) and the server (empty when neither log nor server tell).
struct Origin {
  std::optional<std::uint32_t> pid;
  std::string server;
};
Origin origin_of(const BranchFacts& facts);

}  // namespace xaodbc::recovery
