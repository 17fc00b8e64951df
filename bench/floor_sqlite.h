#pragma once

#include <string>

#include "bench/floor_mariadb.h"
#include "bench/participant.h"
#include "bench/session.h"

namespace xaodbc::bench {

/// SQLite by hand. In one phase a local transaction that is a single statement, as durable as a
/// branch is; in two the extension's functions, without anything that the bridge adds.
class SqliteFloor final : public Participant {
 public:
  SqliteFloor(const std::string& connection_string, std::string name, MariadbFloor::Phases phases);

  void start(std::uint64_t number) override;
  void join() override {}
  void execute(const std::string& sql) override { session_.execute(sql); }
  void query(const std::string& sql) override { session_.query(sql); }
  void end() override {}
  bool prepare() override;
  void commit() override { call("xaodbc_commit"); }
  void commit_one_phase() override {}

 private:
  void call(const std::string& function);

  Session session_;
  const std::string name_;
  const MariadbFloor::Phases phases_;
  std::string gid_;
};

}  // namespace xaodbc::bench
