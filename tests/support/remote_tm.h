#pragma once

#include <memory>
#include <string>

#include "tests/support/child.h"
#include "tests/support/tm.h"

namespace xaodbc::support {

/// A transaction manager in a process of its own, like Enduro/X's tmsrv: it has the rmid open and
/// calls the verbs it is told to, one after the other. Make it before this process starts threads.
class RemoteTm {
 public:
  explicit RemoteTm(const std::string& open_string = "accounts");
  RemoteTm(const RemoteTm&) = delete;
  RemoteTm& operator=(const RemoteTm&) = delete;
  ~RemoteTm();

  XaAnswer open() { return call({.verb = Verb::kOpen}); }
  XaAnswer start(const XID& xid, long flags = TMNOFLAGS) {
    return call({Verb::kStart, flags, xid});
  }
  XaAnswer end(const XID& xid, long flags = TMSUCCESS) { return call({Verb::kEnd, flags, xid}); }
  XaAnswer prepare(const XID& xid) { return call({Verb::kPrepare, TMNOFLAGS, xid}); }
  XaAnswer commit(const XID& xid, long flags = TMNOFLAGS) {
    return call({Verb::kCommit, flags, xid});
  }
  XaAnswer rollback(const XID& xid) { return call({Verb::kRollback, TMNOFLAGS, xid}); }
  XaAnswer forget(const XID& xid) { return call({Verb::kForget, TMNOFLAGS, xid}); }

  /// As rollback, in two parts, so that the caller can do something meanwhile.
  void begin_rollback(const XID& xid) { send({Verb::kRollback, TMNOFLAGS, xid}); }
  XaAnswer answer() const;

 private:
  enum class Verb { kOpen, kStart, kEnd, kPrepare, kCommit, kRollback, kForget };
  struct Order {
    Verb verb = Verb::kOpen;
    long flags = TMNOFLAGS;
    XID xid{};
  };

  XaAnswer call(const Order& order) {
    send(order);
    return answer();
  }
  void send(const Order& order) const;
  void serve(const std::string& open_string) const;
  static XaAnswer carry_out(Tm& tm, const Order& order);

  int orders_[2] = {-1, -1};
  int answers_[2] = {-1, -1};
  std::unique_ptr<Child> child_;
};

}  // namespace xaodbc::support
