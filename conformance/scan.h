#pragma once

#include <vector>

#include "conformance/trial.h"

namespace xaodbc::conformance {

using Xids = std::vector<XID>;

/// A whole scan in pages of `count`; an answer that is no count ends the cell.
Xids scan_all(Trial& trial, Who who, long count = 100, int rmid = 0);
bool contains(const Xids& xids, const XID& xid);
bool is_listed(Trial& trial, Who who, const XID& xid, int rmid = 0);
/// The same XIDs, whatever their order, and none twice.
bool same_xids(const Xids& one, const Xids& two);

}  // namespace xaodbc::conformance
