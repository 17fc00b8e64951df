#include "base/failpoint.h"

#ifdef XAODBC_FAIL_POINTS

#include <csignal>
#include <cstdlib>

namespace xaodbc {

void fail_point(FailPoint point) {
  const char* wanted = std::getenv("XAODBC_FAIL_POINT");
  if (wanted != nullptr && kFailPointNames[static_cast<std::size_t>(point)] == wanted) {
    std::raise(SIGKILL);
  }
}

}  // namespace xaodbc

#endif
