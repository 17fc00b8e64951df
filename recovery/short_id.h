#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/status.h"
#include "branch/xid.h"

namespace xaodbc::recovery {

/// Names for the branches of one resource that a person can type: the first hex digits of the
/// XID's hash, as many as keep them apart, at least 6. The hash does not change, so that an id from
/// an earlier scan stays valid unless a new branch makes it ambiguous, and then it is refused.
class ShortIds {
 public:
  static constexpr std::size_t kMinSize = 6;

  explicit ShortIds(std::vector<Xid> xids);

  /// The id of one of the XIDs; the XID in full when another has the same hash.
  [[nodiscard]] std::string id(const Xid& xid) const;

  /// The XID that `text` means: `formatID:gtridhex:bqualhex`, known or not, or a prefix of a hash.
  /// kUnknownBranch: no branch has that id. kInvalidArgument: malformed, too short or ambiguous
  /// (the candidates are named).
  [[nodiscard]] Result<Xid> resolve(std::string_view text) const;

 private:
  std::vector<Xid> xids_;
  std::unordered_set<std::string> shared_;  ///< hashes that several XIDs have
  std::size_t size_ = kMinSize;
};

}  // namespace xaodbc::recovery
