#pragma once

#include <string>

#include "bench/participant.h"
#include "bench/session.h"

namespace xaodbc::bench {

/// MariaDB by hand: XA START, XA END and XA PREPARE in one message, XA COMMIT. In one phase a plain
/// local transaction.
class MariadbFloor final : public Participant {
 public:
  enum class Phases { kOne, kTwo };
  MariadbFloor(const std::string& connection_string, std::string name, Phases phases);

  void start(std::uint64_t number) override;
  void join() override {}
  void execute(const std::string& sql) override { session_.execute(sql); }
  void query(const std::string& sql) override { session_.query(sql); }
  void end() override {}
  bool prepare() override;
  void commit() override { session_.execute("XA COMMIT " + xid_); }
  void commit_one_phase() override { session_.commit(); }

 private:
  Session session_;
  const std::string name_;
  const Phases phases_;
  std::string xid_;
};

}  // namespace xaodbc::bench
