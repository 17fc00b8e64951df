#pragma once

#include <string>

#include "bench/floor.h"

namespace xaodbc::bench {

/// SQLite by hand. In one phase a local transaction that is a single statement, as durable as a
/// branch is; in two the extension's functions, without anything that the bridge adds.
class SqliteFloor final : public Floor {
 public:
  SqliteFloor(const std::string& connection_string, std::string name, Phases phases);

  void start(std::uint64_t number) override;
  bool prepare() override;
  void commit() override { call("xaodbc_commit"); }
  void commit_one_phase() override {}

 private:
  void call(const std::string& function);

  const Phases phases_;
  std::string gid_;
};

}  // namespace xaodbc::bench
