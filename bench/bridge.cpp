#include "bench/bridge.h"

#include <atomic>
#include <stdexcept>
#include <utility>

namespace xaodbc::bench {
namespace {

constexpr long kFormatId = 0x62656e;  // "ben"

void check(int code, const char* verb) {
  if (code == XA_OK) return;
  throw std::runtime_error(std::string(verb) + " answered " + std::to_string(code) + ": " +
                           xaodbc_last_error());
}

}  // namespace

int new_rmid() {
  static std::atomic<int> next{0};
  return next++;
}

Bridge::Bridge(std::string resource, int rmid, std::string name, char part, Connections connections)
    : resource_(std::move(resource)),
      rmid_(rmid),
      name_(std::move(name)),
      part_(part),
      connections_(connections) {
  check(xaodbc_switch.xa_open_entry(resource_.data(), rmid_, TMNOFLAGS), "xa_open");
}

Bridge::~Bridge() {
  std::string nothing;
  xaodbc_switch.xa_close_entry(nothing.data(), rmid_, TMNOFLAGS);
}

void Bridge::start(std::uint64_t number) {
  const std::string gtrid = name_ + "." + std::to_string(number);
  xid_ = {};
  xid_.formatID = kFormatId;
  xid_.gtrid_length = static_cast<long>(gtrid.size());
  xid_.bqual_length = 1;
  gtrid.copy(xid_.data, gtrid.size());
  xid_.data[gtrid.size()] = part_;
  check(xaodbc_switch.xa_start_entry(&xid_, rmid_, TMNOFLAGS), "xa_start");
  enlist();
}

void Bridge::join() {
  check(xaodbc_switch.xa_start_entry(&xid_, rmid_, TMJOIN), "xa_start with TMJOIN");
  enlist();
}

void Bridge::enlist() {
  void* const dbc = xaodbc_connection(rmid_);
  if (dbc == nullptr) throw std::runtime_error("xaodbc_connection answered nothing");
  cursor_ = &cursors_.try_emplace(dbc, dbc).first->second;
}

void Bridge::end() {
  if (connections_ == Connections::kClosed) cursors_.clear();
  check(xaodbc_switch.xa_end_entry(&xid_, rmid_, TMSUCCESS), "xa_end");
}

bool Bridge::prepare() {
  const int code = xaodbc_switch.xa_prepare_entry(&xid_, rmid_, TMNOFLAGS);
  if (code == XA_RDONLY) return false;
  check(code, "xa_prepare");
  return true;
}

void Bridge::commit() {
  check(xaodbc_switch.xa_commit_entry(&xid_, rmid_, TMNOFLAGS), "xa_commit");
}

void Bridge::commit_one_phase() {
  check(xaodbc_switch.xa_commit_entry(&xid_, rmid_, TMONEPHASE), "xa_commit with TMONEPHASE");
}

}  // namespace xaodbc::bench
