#pragma once

#include <xaodbc/xa.h>

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace xaodbc::memory_switch {

/// What the environment variable MEMORY_SWITCH_FAULT asks for: one deliberate fault, or none.
bool has_fault(const char* name);

enum class State { kWorking, kPrepared };

struct Branch {
  State state = State::kWorking;
  bool rollback_only = false;
  std::set<std::thread::id> active{};
  std::map<std::thread::id, bool> suspended{};  ///< may it migrate?
};

/// What one thread of control has at one rmid.
struct Instance {
  bool is_open = false;
  std::string current{};  ///< key of the branch it is associated with
  bool scanning = false;
  std::vector<XID> scan{};
};

/// A resource manager without a resource: branches by XID, for each rmid apart.
struct Manager {
  std::mutex mutex;
  std::map<std::string, Branch> branches;
  std::map<std::string, XID> xids;
  std::map<std::pair<std::thread::id, int>, Instance> instances;
  std::set<std::string> refused;  ///< keys of branches whose rollback failed once

  Instance& here(int rmid) { return instances[{std::this_thread::get_id(), rmid}]; }
  Branch* find(const std::string& key);
  void forget(const std::string& key);
  /// What is left of a thread that ended: its branches are rolled back.
  void thread_ended();
};
Manager& manager();

/// The rmid, and all of the XID that counts.
std::string key_of(const XID& xid, int rmid);
bool is_well_formed(const XID* xid);

int start(XID* xid, int rmid, long flags);
int end(XID* xid, int rmid, long flags);
int prepare(XID* xid, int rmid, long flags);
int commit(XID* xid, int rmid, long flags);
int rollback(XID* xid, int rmid, long flags);
int forget(XID* xid, int rmid, long flags);
int recover(XID* xids, long count, int rmid, long flags);

/// XA_OK when the call may go on: flags, then open, then the XID.
int check(const XID* xid, int rmid, long flags, unsigned long known);

}  // namespace xaodbc::memory_switch
