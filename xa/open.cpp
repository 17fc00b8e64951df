#include "config/settings.h"
#include "xa/entries.h"

namespace xaodbc::xa {
namespace {

Status open(const char* info, int rmid, bool dynamic) {
  if (this_thread().find(rmid) != nullptr) return Status::ok();
  if (info == nullptr) {
    return {StatusCode::kInvalidArgument, "the open string is null; give the name of a resource"};
  }
  const auto open_string = config::parse_open_string({info, strnlen(info, MAXINFOSIZE)});
  if (!open_string) return open_string.error();
  auto opener = open_resource(*open_string);
  if (!opener) return opener.error();
  this_thread().open(rmid, opener->resource()).dynamic = dynamic;
  opener->keep();
  return Status::ok();
}

}  // namespace

/// R0 → R1. XA_OK: the database was reached just now; also when the rmid is open already, whatever
/// the string says. XAER_INVAL: open string or xaodbc.ini are wrong. XAER_RMERR: the database or
/// the log cannot be used; transaction managers postpone recovery then.
int open_entry(char* info, int rmid, long flags) {
  return run_verb(Verb::kOpen, rmid, flags, nullptr,
                  [&](unsigned long) { return open(info, rmid, false); });
}

/// As open_entry; xaodbc_connection() registers the thread's work with the transaction manager.
int open_dynamic_entry(char* info, int rmid, long flags) {
  return run_verb(Verb::kOpen, rmid, flags, nullptr,
                  [&](unsigned long) { return open(info, rmid, true); });
}

}  // namespace xaodbc::xa
