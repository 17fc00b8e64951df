#include <xaodbc/xaodbc.h>

// IBM MQ calls this function of the SwitchFile of a queue manager's XAResourceManager stanza.
extern "C" XAODBC_API xa_switch_t* MQStart(void);

xa_switch_t* MQStart(void) { return &xaodbc_switch; }
