#pragma once

#include <xaodbc/xaodbc.h>

#include <iosfwd>
#include <set>
#include <string>
#include <string_view>

#include "tests/support/sql_session.h"

namespace xaodbc::support {

/// What a verb answered, with xaodbc_last_error() for the reader of a failed assertion.
struct XaAnswer {
  int code = 0;
  std::string why;
  friend bool operator==(const XaAnswer& answer, int wanted) { return answer.code == wanted; }
};
void PrintTo(const XaAnswer& answer, std::ostream* out);
/// "XA_OK", "XAER_RMFAIL", ...
std::string xa_name(int code);
/// One of the XA_RB codes.
bool is_rolled_back(int code);

XID make_xid(std::string_view gtrid, std::string_view bqual = "b", long format_id = 7);
/// An XID that no other test of this process uses.
XID new_xid();
/// `formatID:gtridhex:bqualhex`, as the tool writes it.
std::string text_of(const XID& xid);
using Xids = std::set<std::string>;
Xids xids(const std::vector<XID>& list);

/// The part of a transaction manager that calls a switch: one rmid in the calling thread, one
/// method for each verb. Holds nothing but names: a copy in a forked child has nothing open until
/// it calls open().
class Tm {
 public:
  explicit Tm(std::string open_string = "accounts", int rmid = 0)
      : open_string_(std::move(open_string)), rmid_(rmid) {}

  [[nodiscard]] int rmid() const { return rmid_; }

  XaAnswer open();
  XaAnswer close();
  XaAnswer start(const XID& xid, long flags = TMNOFLAGS);
  XaAnswer end(const XID& xid, long flags = TMSUCCESS);
  XaAnswer prepare(const XID& xid);
  XaAnswer commit(const XID& xid, long flags = TMNOFLAGS);
  XaAnswer commit_one_phase(const XID& xid) { return commit(xid, TMONEPHASE); }
  XaAnswer rollback(const XID& xid);
  XaAnswer forget(const XID& xid);
  /// One call of xa_recover for at most `count` XIDs; the answer is the number found or an error.
  XaAnswer recover_once(long flags, long count = 100);
  /// A whole scan, in small pages. Throws when the switch answers an error.
  Xids recover();

  /// SQLHDBC of the branch this thread is associated with.
  [[nodiscard]] void* connection() const { return xaodbc_connection(rmid_); }
  /// A statement of the application; throws SqlError.
  Rows execute(std::string_view sql) const;

 private:
  std::string open_string_;
  int rmid_;
};

}  // namespace xaodbc::support
