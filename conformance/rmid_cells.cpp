#include <xaodbc/xa.h>

#include "conformance/cell.h"

namespace xaodbc::conformance {
namespace {

constexpr int kFirst = 0;
constexpr int kSecond = 1;

void need_two(Trial& trial) {
  if (trial.session().rmids() < 2) trial.not_driven("needs a second --open-info");
}

int start(Trial& trial, const XID& xid, int rmid) {
  return trial.call(kMe, Verb::kStart, xid, TMNOFLAGS, rmid);
}
int end(Trial& trial, const XID& xid, int rmid) {
  return trial.call(kMe, Verb::kEnd, xid, TMSUCCESS, rmid);
}

/// xa_end and a rollback, which must be answered as for any branch.
void finish(Trial& trial, const XID& xid, int rmid) {
  const std::string where = " at rmid " + std::to_string(rmid);
  trial.judge("xa_end" + where, end(trial, xid, rmid), "OK");
  trial.judge("xa_rollback" + where, trial.call(kThird, Verb::kRollback, xid, TMNOFLAGS, rmid),
              "OK RB");
}

/// Transaction managers such as LIXA give every resource manager of a transaction the same XID.
void same_xid_at_both(Trial& trial) {
  need_two(trial);
  const XID xid = trial.session().new_xid();
  trial.require("xa_start at rmid 0", start(trial, xid, kFirst), "OK");
  const int second = start(trial, xid, kSecond);
  trial.judge("xa_start of the same XID at rmid 1", second, "OK/DUPID");
  if (second == XA_OK) finish(trial, xid, kSecond);
  finish(trial, xid, kFirst);
}

void same_xid_is_another_branch(Trial& trial) {
  need_two(trial);
  const XID xid = trial.session().new_xid();
  trial.require("xa_start at rmid 0", start(trial, xid, kFirst), "OK");
  trial.judge("xa_end at rmid 1", end(trial, xid, kSecond), "NOTA PROTO");
  trial.judge("xa_start(TMJOIN) at rmid 1", trial.call(kMe, Verb::kStart, xid, TMJOIN, kSecond),
              "NOTA/OK");
  trial.call(kMe, Verb::kEnd, xid, TMSUCCESS, kSecond);
  finish(trial, xid, kFirst);
}

void independent_associations(Trial& trial) {
  need_two(trial);
  const XID one = trial.session().new_xid();
  const XID two = trial.session().new_xid();
  trial.require("xa_start at rmid 0", start(trial, one, kFirst), "OK");
  trial.judge("xa_start of another XID at rmid 1", start(trial, two, kSecond), "OK");
  trial.judge("xa_end(TMSUSPEND) at rmid 0", trial.call(kMe, Verb::kEnd, one, TMSUSPEND, kFirst),
              "OK");
  finish(trial, two, kSecond);
  finish(trial, one, kFirst);
}

void close_of_one(Trial& trial) {
  need_two(trial);
  const XID xid = trial.session().new_xid();
  trial.require("xa_start at rmid 0", start(trial, xid, kFirst), "OK");
  trial.judge("xa_close of rmid 1", trial.call(kMe, Call{.verb = Verb::kClose, .rmid = kSecond}),
              "OK");
  trial.judge("xa_start at rmid 1", start(trial, trial.session().new_xid(), kSecond), "PROTO");
  finish(trial, xid, kFirst);
}

void unknown_rmid(Trial& trial) {
  const int rmid = 4711;
  trial.judge("xa_start at an rmid that was never opened",
              start(trial, trial.session().new_xid(), rmid), "PROTO/INVAL");
  trial.judge("xa_recover at that rmid", trial.recover(kMe, 1, TMSTARTRSCAN, rmid).code,
              "PROTO/INVAL");
}

void scans_are_independent(Trial& trial) {
  need_two(trial);
  trial.require("xa_recover(TMSTARTRSCAN) at rmid 0", trial.recover(kMe, 0, TMSTARTRSCAN).code,
                "0");
  trial.judge("xa_recover(TMNOFLAGS) at rmid 1, without a scan there",
              trial.recover(kMe, 1, TMNOFLAGS, kSecond).code, "INVAL");
  trial.judge("xa_recover(TMENDRSCAN) at rmid 0", trial.recover(kMe, 0, TMENDRSCAN).code, "0");
}

}  // namespace

void add_rmid_cells(Cells& cells) {
  const std::string clause = "1, RM instance; 6";
  cells.push_back({"1/rmids/same-XID", clause, same_xid_at_both});
  cells.push_back({"1/rmids/same-XID-is-another-branch", clause, same_xid_is_another_branch});
  cells.push_back({"1/rmids/independent-associations", clause, independent_associations});
  cells.push_back({"1/rmids/xa_close-of-one", clause, close_of_one});
  cells.push_back({"1/rmids/independent-scans", clause, scans_are_independent});
  cells.push_back({"1/rmids/never-opened", clause, unknown_rmid});
}

}  // namespace xaodbc::conformance
