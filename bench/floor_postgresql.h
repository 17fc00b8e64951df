#pragma once

#include <string>

#include "bench/floor.h"

namespace xaodbc::bench {

/// PostgreSQL by hand: autocommit off, so that psqlODBC sends BEGIN with the first statement, no
/// savepoints (Protocol=7.4-0), PREPARE TRANSACTION and COMMIT PREPARED: three round trips for a
/// branch. Nothing is checked and nothing is remembered.
class PostgresqlFloor final : public Floor {
 public:
  PostgresqlFloor(const std::string& connection_string, std::string name);

  void start(std::uint64_t number) override;
  bool prepare() override;
  void commit() override;
  void commit_one_phase() override { session().commit(); }

 private:
  std::string gid_;
};

}  // namespace xaodbc::bench
