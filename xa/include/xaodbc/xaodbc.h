/* xaodbc: an XA resource manager over ODBC. Everything a transaction manager or an application may
 * use of libxaodbc.so. Needs no ODBC header. */
#ifndef XAODBC_XAODBC_H
#define XAODBC_XAODBC_H

#include <xaodbc/xa.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define XAODBC_API __attribute__((visibility("default")))
#else
#define XAODBC_API
#endif

/* The switch for static registration, name "xaodbc", flags TMNOFLAGS: a suspended branch may be
 * resumed by any thread of the process.
 *
 * Open string: the name of a resource of xaodbc.ini (`accounts`), or
 * `resource=accounts;ini=/etc/xaodbc.ini`; at most 255 characters. Without `ini=` the file is
 * $XAODBC_INI, else /etc/xaodbc.ini. The close string is ignored.
 *
 * Every entry may be called from any thread that has opened the rmid. No entry throws, blocks
 * longer than the resource's verb_timeout, writes to stdout or ends the process. When an entry
 * answers something else than XA_OK, xaodbc_last_error() says why. */
XAODBC_API extern struct xa_switch_t xaodbc_switch;

/* The switch for dynamic registration, name "xaodbc-dynamic", flags TMREGISTER: otherwise the same.
 * A thread of an rmid opened through it takes part in a global transaction only from its first
 * xaodbc_connection() on, which calls the ax_reg that it finds in the process (dlsym in the global
 * scope). Calls of xa_start are served as well. */
XAODBC_API extern struct xa_switch_t xaodbc_switch_dynamic;

/* The ODBC connection (an SQLHDBC) of the branch that the calling thread is associated with at
 * that rmid, to run statements on. NULL when the thread has not opened the rmid or, with the static
 * switch, is not between xa_start and xa_end.
 *
 * With the dynamic switch a thread that is not associated is registered by this call: ax_reg tells
 * the branch to begin, join or resume. Call it for every unit of work, it may be another branch
 * each time. When ax_reg says that there is no global transaction, the connection is one for local
 * work in autocommit mode (the thread's own until xa_close, not latched) and ax_unreg has been
 * called. NULL, with the reason in xaodbc_last_error(), when ax_reg refuses or is not there, or
 * when the branch cannot be begun. Before work for a global transaction is begun, a local one must
 * be ended and autocommit be on again: XAER_OUTSIDE.
 *
 * The handle is the branch's until xa_end; no statement handle of it may be touched outside of the
 * association. A thread gets the same handle again for its next branch whenever it is free, so
 * that statements prepared on it can be kept, one set per handle value. When the bridge has closed
 * the connection meanwhile, a kept statement answers SQL_INVALID_HANDLE, also where a new
 * connection got the same handle value: allocate and prepare it again. The driver manager refuses
 * SQLEndTran, autocommit and isolation changes and SQLDisconnect on it (HY010). Do not free it. */
XAODBC_API void *xaodbc_connection(int rmid);

/* One line on why the calling thread's last xa_ call did not answer XA_OK: verb, resource, XID,
 * SQLSTATE, native error, message, next step. "" after success. Never NULL, never a password.
 * Valid until the thread's next xa_ call. */
XAODBC_API const char *xaodbc_last_error(void);

/* "MAJOR.MINOR.PATCH". */
XAODBC_API const char *xaodbc_version(void);

#ifdef __cplusplus
}
#endif

#endif /* XAODBC_XAODBC_H */
