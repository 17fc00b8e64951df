#include <xaodbc/xaodbc.h>

// LIXA looks for one name whatever the switch: dynamic registration needs a library of its own.
extern "C" XAODBC_API xa_switch_t* lixa_get_xa_switch(void);

xa_switch_t* lixa_get_xa_switch(void) { return &xaodbc_switch_dynamic; }
