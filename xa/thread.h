#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <vector>

#include "branch/branch.h"
#include "branch/xid.h"
#include "xa/resource.h"

namespace xaodbc::xa {

/// A recovery scan: the list as it was at TMSTARTRSCAN, so that no cursor or transaction stays open
/// between calls (xa-reference 8.6).
struct RecoveryScan {
  std::vector<Xid> xids;
  std::size_t next = 0;
  bool open = false;
};

/// One rmid in one thread of control, from xa_open to xa_close (table 6.1 and 6.2).
struct Instance {
  std::shared_ptr<Resource> resource;
  std::shared_ptr<Branch> current;                 ///< T1
  std::vector<std::shared_ptr<Branch>> suspended;  ///< T2, one for each XID
  std::weak_ptr<Branch> ended;                     ///< by the last xa_end, see xa/siblings.h
  RecoveryScan scan;
  bool dynamic = false;  ///< opened through xaodbc_switch_dynamic
  /// For work outside of global transactions (dynamic switch). Kept until xa_close: the application
  /// may have prepared statements on it. Never pooled again, nobody knows what is left on it (I7).
  odbc::Lease local;
};

/// What the calling thread has open. When the thread ends, its associations end with it and leave
/// their branches rollback-only (3.1.8); migratable ones stay for whoever resumes them.
class ThreadOfControl {
 public:
  ~ThreadOfControl();
  /// nullptr when the thread has not opened the rmid (R0).
  Instance* find(int rmid);
  Instance& open(int rmid, std::shared_ptr<Resource> resource);
  void close(int rmid);
  std::map<int, Instance>& instances() { return instances_; }

 private:
  std::map<int, Instance> instances_;
  /// Of rmids that were closed with suspended branches: the thread may open again and resume.
  std::map<int, std::vector<std::shared_ptr<Branch>>> suspended_while_closed_;
};

/// The calling thread's. In a forked child it is empty again.
ThreadOfControl& this_thread();

}  // namespace xaodbc::xa
