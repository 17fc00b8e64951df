#pragma once

#include <string>

#include "bench/floor.h"

namespace xaodbc::bench {

/// MariaDB by hand: XA START, XA END and XA PREPARE in one message, XA COMMIT. In one phase a plain
/// local transaction.
class MariadbFloor final : public Floor {
 public:
  MariadbFloor(const std::string& connection_string, std::string name, Phases phases);

  void start(std::uint64_t number) override;
  bool prepare() override;
  void commit() override { session().execute("XA COMMIT " + xid_); }
  void commit_one_phase() override { session().commit(); }

 private:
  const Phases phases_;
  std::string xid_;
};

}  // namespace xaodbc::bench
