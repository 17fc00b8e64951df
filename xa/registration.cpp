#include "xa/registration.h"

#include <dlfcn.h>

#include <exception>
#include <string>
#include <string_view>

#include "base/uncancelled.h"
#include "xa/entries.h"
#include "xa/last_error.h"

namespace xaodbc::xa {
namespace {

/// `int ax_reg(int rmid, XID *xid, long flags)` and `int ax_unreg(int rmid, long flags)` belong to
/// the transaction manager's library, which comes and goes without us: looked up each time.
using Register = int (*)(int, XID*, long);
using Unregister = int (*)(int, long);

template <class Function>
Function find_function(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name));
}

std::string missing(const char* name) {
  return std::string(name) +
         " is not offered by this process; link the transaction manager's library, or use "
         "xaodbc_switch";
}

void* refuse(int rmid, const std::string& why) {
  const Instance* instance = this_thread().find(rmid);
  const std::string where =
      instance != nullptr ? instance->resource->name() : "rmid " + std::to_string(rmid);
  set_last_error("xaodbc_connection of " + where + ": " + why);
  return nullptr;
}

void* working_connection(int rmid) {
  const Instance* instance = this_thread().find(rmid);
  if (instance == nullptr || instance->current == nullptr || !instance->current->lease) {
    return nullptr;
  }
  return instance->current->lease->handle();
}

/// Asks a kept local connection whether its server still answers. One with a transaction of the
/// application in it is the application's business.
bool is_usable(const Resource& resource, odbc::Lease& local) {
  if (!local) return false;
  if (!local->autocommit_on()) return true;
  return resource.database->dialect()
      .session_alive(*local, local->identity().session, resource.deadline())
      .value_or(false);
}

Status take_local(Instance& instance) {
  const Resource& resource = *instance.resource;
  if (is_usable(resource, instance.local)) return Status::ok();
  instance.local.discard();
  auto lease = resource.database->pool().lease(resource.deadline());
  if (!lease) return lease.error();
  (*lease)->open_latch();
  if (!(*lease)->restore_autocommit(resource.deadline())) {
    lease->discard();
    return {StatusCode::kUnavailable, "the connection cannot be set to autocommit"};
  }
  instance.local = std::move(*lease);
  return Status::ok();
}

/// Work outside of any global transaction: D0 → D3 → D0.
void* work_locally(int rmid) {
  const auto unregister = find_function<Unregister>("ax_unreg");
  if (unregister == nullptr) return refuse(rmid, missing("ax_unreg"));
  if (const int answer = unregister(rmid, TMNOFLAGS); answer != TM_OK) {
    return refuse(rmid, "ax_unreg answered " + std::to_string(answer));
  }
  Instance* instance = this_thread().find(rmid);
  if (instance == nullptr) return refuse(rmid, "the rmid was closed meanwhile");
  if (auto taken = take_local(*instance); !taken.is_ok()) return refuse(rmid, taken.message());
  set_last_error("");
  return instance->local->handle();
}

/// D0 → D1 or D2 → D1: as if the transaction manager had called xa_start, which leaves the reason
/// in last_error when it fails. The transaction manager learns of it from its xa_end.
void* work_on_branch(int rmid, XID& xid, long flags) {
  return start_entry(&xid, rmid, flags) == XA_OK ? working_connection(rmid) : nullptr;
}

void* register_and_work(int rmid) {
  const Uncancelled uncancelled;
  const auto reg = find_function<Register>("ax_reg");
  if (reg == nullptr) return refuse(rmid, missing("ax_reg"));
  XID xid{};
  xid.formatID = -1;
  switch (const int answer = reg(rmid, &xid, TMNOFLAGS)) {
    case TM_OK:
      return xid.formatID == -1 ? work_locally(rmid) : work_on_branch(rmid, xid, TMNOFLAGS);
    case TM_JOIN:
      return work_on_branch(rmid, xid, TMJOIN);
    case TM_RESUME:
      return work_on_branch(rmid, xid, TMRESUME);
    default:
      return refuse(rmid, "the transaction manager's ax_reg answered " + std::to_string(answer) +
                              "; it allows no work now");
  }
}

void* find_connection(int rmid) {
  try {
    const Instance* instance = this_thread().find(rmid);
    if (instance == nullptr) return nullptr;
    if (instance->current != nullptr || !instance->dynamic) return working_connection(rmid);
    return register_and_work(rmid);
  } catch (const std::exception& error) {
    return refuse(rmid, std::string("unexpected: ") + error.what());
  }
}

}  // namespace

void* connection_for(int rmid) {
  try {
    return find_connection(rmid);
  } catch (...) {
    return nullptr;  // not even memory for the reason
  }
}

}  // namespace xaodbc::xa
