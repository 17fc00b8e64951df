#include "sqlite/moment.h"

#ifdef XAODBC_FAIL_POINTS

#include <csignal>
#include <cstdlib>

namespace xaodbc::sqlite {

void moment(Moment moment) {
  const char* wanted = std::getenv("XAODBC_SQLITE_MOMENT");
  if (wanted != nullptr && kMomentNames[static_cast<std::size_t>(moment)] == wanted) {
    std::raise(SIGKILL);
  }
}

}  // namespace xaodbc::sqlite

#endif
