#pragma once

#include <xaodbc/xa.h>

#include <string>
#include <vector>

#include "conformance/verb.h"

namespace xaodbc::conformance {

/// One call of an entry, all entries but xa_recover.
struct Call {
  Verb verb = Verb::kOpen;
  long flags = TMNOFLAGS;
  XID xid{};
  int rmid = 0;
  bool null_xid_pointer = false;
  std::string info{};  ///< of xa_open and xa_close
};
/// "xa_start(7:6162:63, rmid 0, TMJOIN)".
std::string text_of(const Call& call);
/// In the calling thread.
int make_call(const xa_switch_t& entries, Call call);

/// One call of xa_recover.
struct Page {
  int code = 0;
  std::vector<XID> xids{};
  bool wrote_beyond = false;  ///< it wrote behind the XIDs that it counted, or behind the array
};
Page fetch_page(const xa_switch_t& entries, int rmid, long count, long flags, bool give_array);

/// "formatID:gtridhex:bqualhex".
std::string text_of(const XID& xid);
bool same_xid(const XID& one, const XID& two);

}  // namespace xaodbc::conformance
