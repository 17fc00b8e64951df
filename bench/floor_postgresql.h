#pragma once

#include <string>

#include "bench/participant.h"
#include "bench/session.h"

namespace xaodbc::bench {

/// PostgreSQL by hand: autocommit off, so that psqlODBC sends BEGIN with the first statement, no
/// savepoints (Protocol=7.4-0), PREPARE TRANSACTION and COMMIT PREPARED: three round trips for a
/// branch. Nothing is checked and nothing is remembered.
class PostgresqlFloor final : public Participant {
 public:
  /// `name` is unlike that of every other participant on the server.
  PostgresqlFloor(const std::string& connection_string, std::string name);

  void start(std::uint64_t number) override;
  void join() override {}
  void execute(const std::string& sql) override { session_.execute(sql); }
  void query(const std::string& sql) override { session_.query(sql); }
  void end() override {}
  bool prepare() override;
  void commit() override;
  void commit_one_phase() override { session_.commit(); }

 private:
  Session session_;
  const std::string name_;
  std::string gid_;
};

}  // namespace xaodbc::bench
