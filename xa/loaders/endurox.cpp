#include <xaodbc/xaodbc.h>

#include <cstdlib>
#include <string_view>

// Enduro/X calls this function of NDRX_XA_DRIVERLIB once in a process, before it opens the
// resource.
extern "C" XAODBC_API xa_switch_t* ndrx_get_xa_switch(void);

// Of libatmi, which is in every process of Enduro/X; weak, so that others can load this library
// too.
extern "C" void ndrx_xa_nojoin(int value) __attribute__((weak));

namespace {

bool no_join_is_configured() {
  const char* const value = std::getenv("XAODBC_ENDUROX_NOJOIN");
  return value != nullptr && std::string_view(value) == "1";
}

}  // namespace

// Enduro/X reads its own NDRX_XA_FLAGS after this call: the NOJOIN of that variable stays in force.
xa_switch_t* ndrx_get_xa_switch(void) {
  if (ndrx_xa_nojoin != nullptr && no_join_is_configured()) ndrx_xa_nojoin(1);
  return &xaodbc_switch;
}
