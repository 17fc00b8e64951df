#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "log/branch_log.h"
#include "log/lives.h"
#include "tests/unit/recovery/facts_builder.h"

namespace xaodbc::recovery {

/// A branch log in memory that tells which records were durable when somebody looked, and fails on
/// demand.
class FakeLog : public log::BranchLog {
 public:
  std::uint64_t new_birth() override { return ++last_birth_; }
  std::uint64_t marks() override { return 0; }
  std::uint64_t marks_heard() override { return 0; }
  Status ring() override { return Status::ok(); }

  Result<log::Ticket> append(log::Record& record) override {
    if (fails_after_ == records.size()) return failure(StatusCode::kLogPoisoned, "disk is broken");
    record.time_us = kNoon + 60'000'000 + static_cast<std::int64_t>(records.size());
    records.push_back(record);
    return log::Ticket{1, records.size()};
  }
  Result<log::Ticket> append_and_sync(log::Record& record) override { return append(record); }
  Status wait(log::Ticket ticket, Deadline /*deadline*/) override {
    durable = ticket.end;
    return Status::ok();
  }

  Result<std::optional<log::BranchHistory>> find(std::string_view resource,
                                                 const Xid& xid) override {
    std::optional<log::BranchHistory> newest;
    for (auto& life : log::merge_lives(records)) {
      if (life.resource == resource && life.xid == xid) newest = std::move(life);
    }
    return newest;
  }
  Result<std::vector<log::BranchHistory>> live(std::string_view /*resource*/) override {
    return log::merge_lives(records);
  }
  void abandon_after_fork() noexcept override {}

  /// The log as it was found, before anything the test looks at.
  void hold(const log::BranchHistory& history) {
    records = history.records;
    held_ = records.size();
  }
  /// The n-th record from now on (from 0) cannot be written.
  void fail_at(std::size_t n) { fails_after_ = held_ + n; }

  /// Types that were written since.
  [[nodiscard]] std::vector<log::RecordType> written() const {
    std::vector<log::RecordType> types;
    for (std::size_t i = held_; i < records.size(); ++i) types.push_back(records[i].type);
    return types;
  }

  std::vector<log::Record> records;
  std::size_t durable = 0;  ///< so many of the records

 private:
  std::uint64_t last_birth_ = 1000;
  std::size_t held_ = 0;
  std::optional<std::size_t> fails_after_;
};

}  // namespace xaodbc::recovery
