#include <xaodbc/xaodbc.h>

// LIXA calls this function of the switch_file of its configuration.
extern "C" XAODBC_API xa_switch_t* lixa_get_xa_switch(void);

xa_switch_t* lixa_get_xa_switch(void) { return &xaodbc_switch; }
