#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/status.h"

namespace xaodbc::recovery {

/// The memory of the demonstration's transaction manager: one line for every transaction that it
/// decided to commit, synced before anybody is told. A transaction that is not in it is to be
/// rolled back (presumed rollback), so that nothing else needs to be written.
class DemoDecisions {
 public:
  explicit DemoDecisions(const std::filesystem::path& directory)
      : path_(directory / "decisions.log") {}

  /// Durable on return.
  Status write_commit(std::string_view gtrid);
  /// A last line without its end was not decided: the manager died while writing it.
  [[nodiscard]] Result<std::unordered_set<std::string>> read() const;

 private:
  std::filesystem::path path_;
};

}  // namespace xaodbc::recovery
