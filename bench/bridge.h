#pragma once

#include <xaodbc/xaodbc.h>

#include <cstdint>
#include <map>
#include <string>

#include "bench/participant.h"
#include "bench/session.h"

namespace xaodbc::bench {

/// The calling thread as an application under a transaction manager that calls the switch.
class Bridge final : public Participant {
 public:
  /// Does the resource keep its connections after a branch? Where it does not, a new connection may
  /// have the handle value of one that is gone with all its statements.
  enum class Connections { kKept, kClosed };

  /// xa_open of `resource` under `rmid` in the calling thread, in which everything else must
  /// happen. `name` is the same for all participants of a global transaction; `part` tells them
  /// apart.
  Bridge(std::string resource, int rmid, std::string name, char part, Connections connections);
  Bridge(const Bridge&) = delete;
  Bridge& operator=(const Bridge&) = delete;
  ~Bridge() override;

  void start(std::uint64_t number) override;
  void join() override;
  void execute(const std::string& sql) override { cursor_->execute(sql); }
  void query(const std::string& sql) override { cursor_->query(sql); }
  void end() override;
  bool prepare() override;
  void commit() override;
  void commit_one_phase() override;

  [[nodiscard]] const XID& xid() const { return xid_; }

 private:
  void enlist();

  std::string resource_;
  const int rmid_;
  const std::string name_;
  const char part_;
  const Connections connections_;
  XID xid_{};
  std::map<void*, Cursor> cursors_;  ///< by connection, which a thread mostly gets again
  Cursor* cursor_ = nullptr;         ///< on the branch's connection
};

/// An rmid that nobody else of this process has.
int new_rmid();

}  // namespace xaodbc::bench
