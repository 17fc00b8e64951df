#include "tests/support/tm.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <map>
#include <ostream>
#include <stdexcept>
#include <vector>

namespace xaodbc::support {
namespace {

XaAnswer answer(int code) { return {code, xaodbc_last_error()}; }

std::string hex(const char* bytes, long size) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (long i = 0; i < size; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    out += kDigits[byte >> 4U];
    out += kDigits[byte & 15U];
  }
  return out;
}

}  // namespace

std::string xa_name(int code) {
  static const std::map<int, std::string> names = {
      {XA_OK, "XA_OK"},
      {XA_RDONLY, "XA_RDONLY"},
      {XA_RETRY, "XA_RETRY"},
      {XA_HEURMIX, "XA_HEURMIX"},
      {XA_HEURRB, "XA_HEURRB"},
      {XA_HEURCOM, "XA_HEURCOM"},
      {XA_HEURHAZ, "XA_HEURHAZ"},
      {XA_NOMIGRATE, "XA_NOMIGRATE"},
      {XA_RBROLLBACK, "XA_RBROLLBACK"},
      {XA_RBCOMMFAIL, "XA_RBCOMMFAIL"},
      {XA_RBDEADLOCK, "XA_RBDEADLOCK"},
      {XA_RBINTEGRITY, "XA_RBINTEGRITY"},
      {XA_RBOTHER, "XA_RBOTHER"},
      {XA_RBPROTO, "XA_RBPROTO"},
      {XA_RBTIMEOUT, "XA_RBTIMEOUT"},
      {XA_RBTRANSIENT, "XA_RBTRANSIENT"},
      {XAER_ASYNC, "XAER_ASYNC"},
      {XAER_RMERR, "XAER_RMERR"},
      {XAER_NOTA, "XAER_NOTA"},
      {XAER_INVAL, "XAER_INVAL"},
      {XAER_PROTO, "XAER_PROTO"},
      {XAER_RMFAIL, "XAER_RMFAIL"},
      {XAER_DUPID, "XAER_DUPID"},
      {XAER_OUTSIDE, "XAER_OUTSIDE"},
  };
  const auto found = names.find(code);
  return found == names.end() ? std::to_string(code) : found->second;
}

void PrintTo(const XaAnswer& answer, std::ostream* out) {
  *out << xa_name(answer.code) << " (" << answer.code << ") " << answer.why;
}

bool is_rolled_back(int code) { return code >= XA_RBBASE && code <= XA_RBEND; }

XID make_xid(std::string_view gtrid, std::string_view bqual, long format_id) {
  XID xid{};
  xid.formatID = format_id;
  xid.gtrid_length = static_cast<long>(gtrid.size());
  xid.bqual_length = static_cast<long>(bqual.size());
  gtrid.copy(xid.data, gtrid.size());
  bqual.copy(xid.data + gtrid.size(), bqual.size());
  return xid;
}

XID new_xid() {
  static std::atomic<int> next{1};
  return make_xid("tm" + std::to_string(getpid()) + "." + std::to_string(next++));
}

std::string text_of(const XID& xid) {
  return std::to_string(xid.formatID) + ":" + hex(xid.data, xid.gtrid_length) + ":" +
         hex(xid.data + xid.gtrid_length, xid.bqual_length);
}

Xids xids(const std::vector<XID>& list) {
  Xids texts;
  for (const XID& xid : list) texts.insert(text_of(xid));
  return texts;
}

XaAnswer Tm::open() {
  return answer(xaodbc_switch.xa_open_entry(open_string_.data(), rmid_, TMNOFLAGS));
}
XaAnswer Tm::close() {
  std::string nothing;
  return answer(xaodbc_switch.xa_close_entry(nothing.data(), rmid_, TMNOFLAGS));
}
XaAnswer Tm::start(const XID& xid, long flags) {
  XID copy = xid;
  return answer(xaodbc_switch.xa_start_entry(&copy, rmid_, flags));
}
XaAnswer Tm::end(const XID& xid, long flags) {
  XID copy = xid;
  return answer(xaodbc_switch.xa_end_entry(&copy, rmid_, flags));
}
XaAnswer Tm::prepare(const XID& xid) {
  XID copy = xid;
  return answer(xaodbc_switch.xa_prepare_entry(&copy, rmid_, TMNOFLAGS));
}
XaAnswer Tm::commit(const XID& xid, long flags) {
  XID copy = xid;
  return answer(xaodbc_switch.xa_commit_entry(&copy, rmid_, flags));
}
XaAnswer Tm::rollback(const XID& xid) {
  XID copy = xid;
  return answer(xaodbc_switch.xa_rollback_entry(&copy, rmid_, TMNOFLAGS));
}
XaAnswer Tm::forget(const XID& xid) {
  XID copy = xid;
  return answer(xaodbc_switch.xa_forget_entry(&copy, rmid_, TMNOFLAGS));
}

XaAnswer Tm::recover_once(long flags, long count) {
  std::vector<XID> list(static_cast<std::size_t>(count));
  return answer(xaodbc_switch.xa_recover_entry(list.data(), count, rmid_, flags));
}

Xids Tm::recover() {
  std::array<XID, 3> page{};
  std::vector<XID> all;
  long flags = TMSTARTRSCAN;
  for (;;) {
    const int found = xaodbc_switch.xa_recover_entry(page.data(), page.size(), rmid_, flags);
    if (found < 0) throw std::runtime_error("xa_recover: " + std::string(xaodbc_last_error()));
    all.insert(all.end(), page.begin(), page.begin() + found);
    if (static_cast<std::size_t>(found) < page.size()) return xids(all);
    flags = TMNOFLAGS;
  }
}

Rows Tm::execute(std::string_view sql) const {
  void* const dbc = connection();
  if (dbc == nullptr) throw std::runtime_error("this thread has no branch at the rmid");
  return execute_on(dbc, sql);
}

}  // namespace xaodbc::support
