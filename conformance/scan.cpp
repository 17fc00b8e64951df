#include "conformance/scan.h"

#include <algorithm>

namespace xaodbc::conformance {

Xids scan_all(Trial& trial, Who who, long count, int rmid) {
  Xids all;
  long flags = TMSTARTRSCAN;
  for (;;) {
    const Page page = trial.recover(who, count, flags, rmid);
    trial.require("xa_recover(count " + std::to_string(count) + ", " + flags_text(flags) + ")",
                  page.code, "n");
    if (page.wrote_beyond) trial.fail("xa_recover wrote behind the XIDs that it counted");
    all.insert(all.end(), page.xids.begin(), page.xids.end());
    if (page.code < count) break;
    flags = TMNOFLAGS;
  }
  trial.require("xa_recover(count 0, TMENDRSCAN)", trial.recover(who, 0, TMENDRSCAN, rmid).code,
                "0");
  return all;
}

bool contains(const Xids& xids, const XID& xid) {
  return std::ranges::any_of(xids, [&](const XID& one) { return same_xid(one, xid); });
}

bool is_listed(Trial& trial, Who who, const XID& xid, int rmid) {
  return contains(scan_all(trial, who, 100, rmid), xid);
}

bool same_xids(const Xids& one, const Xids& two) {
  const auto all_in = [](const Xids& these, const Xids& those) {
    return std::ranges::all_of(these, [&](const XID& xid) { return contains(those, xid); });
  };
  return one.size() == two.size() && all_in(one, two) && all_in(two, one);
}

}  // namespace xaodbc::conformance
