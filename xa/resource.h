#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
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

/// Counts as one who has the resource open, until it is kept or goes.
class Opener {
 public:
  explicit Opener(std::shared_ptr<Resource> counted) : resource_(std::move(counted)) {}
  Opener(Opener&& other) noexcept : resource_(std::move(other.resource_)) {}
  Opener& operator=(Opener&&) = delete;
  ~Opener();

  explicit operator bool() const { return resource_ != nullptr; }
  Resource* operator->() const { return resource_.get(); }
  [[nodiscard]] const std::shared_ptr<Resource>& resource() const { return resource_; }
  /// Stays counted; pair with close_resource.
  void keep() noexcept { resource_.reset(); }

 private:
  std::shared_ptr<Resource> resource_;
};

/// Finds or makes the resource and proves that its database can be reached now.
Result<Opener> open_resource(const config::OpenString& open_string);

/// Every resource that is open or still has branches.
std::vector<std::shared_ptr<Resource>> open_resources();

/// One opener less. The last one out takes the resource down, unless branches remain (3.1.8).
void close_resource(const std::shared_ptr<Resource>& resource);

/// Takes it down when nobody has it open and its last branch is gone, finished by another process.
void close_if_unused(const std::shared_ptr<Resource>& resource);

}  // namespace xaodbc::xa
