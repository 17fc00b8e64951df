#include "conformance/call.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "base/text.h"

namespace xaodbc::conformance {
namespace {

constexpr int kCanary = 0x5a;

bool is_untouched(const XID& xid) {
  XID canary{};
  std::memset(&canary, kCanary, sizeof canary);
  return std::memcmp(&xid, &canary, sizeof canary) == 0;
}

/// The lengths may be those of an XID that is wrong on purpose.
std::size_t length(long stated) {
  return static_cast<std::size_t>(std::clamp(stated, 0L, long{XIDDATASIZE}));
}

std::string_view used_bytes(const XID& xid) {
  const auto size = length(xid.gtrid_length) + length(xid.bqual_length);
  return {xid.data, std::min<std::size_t>(size, XIDDATASIZE)};
}

}  // namespace

std::string text_of(const XID& xid) {
  const auto bytes = used_bytes(xid);
  const auto gtrid = std::min(length(xid.gtrid_length), bytes.size());
  return std::to_string(xid.formatID) + ":" + to_hex(bytes.substr(0, gtrid)) + ":" +
         to_hex(bytes.substr(gtrid));
}

bool same_xid(const XID& one, const XID& two) {
  return one.formatID == two.formatID && one.gtrid_length == two.gtrid_length &&
         one.bqual_length == two.bqual_length && used_bytes(one) == used_bytes(two);
}

std::string text_of(const Call& call) {
  std::string subject = call.null_xid_pointer ? "NULL" : text_of(call.xid);
  if (call.verb == Verb::kOpen || call.verb == Verb::kClose) subject = '"' + call.info + '"';
  if (call.verb == Verb::kComplete) subject = "handle";
  return std::string(name_of(call.verb)) + "(" + subject + ", rmid " + std::to_string(call.rmid) +
         ", " + flags_text(call.flags) + ")";
}

int make_call(const xa_switch_t& entries, Call call) {
  XID* const xid = call.null_xid_pointer ? nullptr : &call.xid;
  int handle = 1;
  int result = 0;
  switch (call.verb) {
    case Verb::kOpen:
      return entries.xa_open_entry(call.info.data(), call.rmid, call.flags);
    case Verb::kClose:
      return entries.xa_close_entry(call.info.data(), call.rmid, call.flags);
    case Verb::kStart:
      return entries.xa_start_entry(xid, call.rmid, call.flags);
    case Verb::kEnd:
      return entries.xa_end_entry(xid, call.rmid, call.flags);
    case Verb::kRollback:
      return entries.xa_rollback_entry(xid, call.rmid, call.flags);
    case Verb::kPrepare:
      return entries.xa_prepare_entry(xid, call.rmid, call.flags);
    case Verb::kCommit:
      return entries.xa_commit_entry(xid, call.rmid, call.flags);
    case Verb::kRecover:
      return entries.xa_recover_entry(xid, 1, call.rmid, call.flags);
    case Verb::kForget:
      return entries.xa_forget_entry(xid, call.rmid, call.flags);
    case Verb::kComplete:
    case Verb::kCount:
      break;
  }
  return entries.xa_complete_entry(&handle, &result, call.rmid, call.flags);
}

Page fetch_page(const xa_switch_t& entries, int rmid, long count, long flags, bool give_array) {
  Page page;
  const auto room = static_cast<std::size_t>(std::max(count, 0L));
  page.xids.resize(room + 1);
  std::memset(page.xids.data(), kCanary, page.xids.size() * sizeof(XID));
  page.code = entries.xa_recover_entry(give_array ? page.xids.data() : nullptr, count, rmid, flags);
  const auto found = std::min(static_cast<std::size_t>(std::max(page.code, 0)), room);
  for (std::size_t i = found; i < page.xids.size(); ++i) {
    page.wrote_beyond = page.wrote_beyond || !is_untouched(page.xids[i]);
  }
  page.xids.resize(found);
  return page;
}

}  // namespace xaodbc::conformance
