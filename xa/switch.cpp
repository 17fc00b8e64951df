#include <cstddef>

#include "xa/entries.h"
#include "xa/last_error.h"
#include "xa/registration.h"
#include "xaodbc/xaodbc.h"

static_assert(sizeof(long) == 8, "xa.h is laid out for LP64");
static_assert(sizeof(XID) == 152);
static_assert(sizeof(xa_switch_t) == 128);
static_assert(offsetof(xa_switch_t, xa_rollback_entry) < offsetof(xa_switch_t, xa_prepare_entry));

extern "C" {

XAODBC_API xa_switch_t xaodbc_switch = {
    "xaodbc",
    TMNOFLAGS,
    0,
    xaodbc::xa::open_entry,
    xaodbc::xa::close_entry,
    xaodbc::xa::start_entry,
    xaodbc::xa::end_entry,
    xaodbc::xa::rollback_entry,
    xaodbc::xa::prepare_entry,
    xaodbc::xa::commit_entry,
    xaodbc::xa::recover_entry,
    xaodbc::xa::forget_entry,
    xaodbc::xa::complete_entry,
};

XAODBC_API xa_switch_t xaodbc_switch_dynamic = {
    "xaodbc-dynamic",
    TMREGISTER,
    0,
    xaodbc::xa::open_dynamic_entry,
    xaodbc::xa::close_entry,
    xaodbc::xa::start_entry,
    xaodbc::xa::end_entry,
    xaodbc::xa::rollback_entry,
    xaodbc::xa::prepare_entry,
    xaodbc::xa::commit_entry,
    xaodbc::xa::recover_entry,
    xaodbc::xa::forget_entry,
    xaodbc::xa::complete_entry,
};

XAODBC_API void* xaodbc_connection(int rmid) { return xaodbc::xa::connection_for(rmid); }

XAODBC_API const char* xaodbc_last_error(void) { return xaodbc::xa::last_error(); }

XAODBC_API const char* xaodbc_version(void) { return XAODBC_VERSION; }

}  // extern "C"
