#pragma once

#include <cstring>

#include "xa/call.h"
#include "xaodbc/xa.h"

namespace xaodbc::xa {

// The ten entries of the switch, each defined in the file of its name. The two switches differ in
// how a resource is opened.
int open_entry(char* info, int rmid, long flags);
int open_dynamic_entry(char* info, int rmid, long flags);
int close_entry(char* info, int rmid, long flags);
int start_entry(XID* xid, int rmid, long flags);
int end_entry(XID* xid, int rmid, long flags);
int rollback_entry(XID* xid, int rmid, long flags);
int prepare_entry(XID* xid, int rmid, long flags);
int commit_entry(XID* xid, int rmid, long flags);
int recover_entry(XID* xids, long count, int rmid, long flags);
int forget_entry(XID* xid, int rmid, long flags);
int complete_entry(int* handle, int* result, int rmid, long flags);

}  // namespace xaodbc::xa
