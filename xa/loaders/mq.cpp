#include <xaodbc/xaodbc.h>

// IBM MQ, TXSeries and CICS call this function of the switch load file of their configuration.
extern "C" XAODBC_API xa_switch_t* MQStart(void);

xa_switch_t* MQStart(void) { return &xaodbc_switch; }
