#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/status.h"
#include "branch/branch_table.h"
#include "config/settings.h"
#include "log/branch_log.h"
#include "odbc/database.h"

namespace xaodbc::xa {

/// One resource of xaodbc.ini while a thread of this process has it open or a branch of it lives:
/// its database, its branches and the log. Shared by all threads and rmids that opened it.
struct Resource {
  config::ResourceSettings settings;
  std::shared_ptr<odbc::Database> database;
  std::shared_ptr<log::BranchLog> log;
  BranchTable branches;
  std::atomic<int> votes_under_way{0};  ///< with a record that is not yet known to be durable

  [[nodiscard]] const std::string& name() const { return settings.name; }
  [[nodiscard]] bool prepares_at_end() const {
    return settings.prepare == config::PrepareMode::kAtEnd;
  }
  [[nodiscard]] bool prepares_ahead() const {
    return settings.prepare == config::PrepareMode::kOnDemand;
  }
  /// The end of a verb that starts now.
  [[nodiscard]] Deadline deadline() const { return Deadline::after(settings.verb_timeout); }
};

/// Finds or makes the resource and proves that its database can be reached now. Counts an opener;
/// pair with close_resource.
Result<std::shared_ptr<Resource>> open_resource(const config::OpenString& open_string);

/// Every resource that is open or still has branches.
std::vector<std::shared_ptr<Resource>> open_resources();

/// One opener less. The last one out takes the resource down, unless branches remain (3.1.8).
void close_resource(const std::shared_ptr<Resource>& resource);

}  // namespace xaodbc::xa
