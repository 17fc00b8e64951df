#include "sqlite/mutant.h"

#ifdef XAODBC_FAIL_POINTS

#include <cstdlib>

namespace xaodbc::sqlite {

bool is_mutant(Mutant mutant) {
  const char* wanted = std::getenv("XAODBC_SQLITE_MUTANT");
  return wanted != nullptr && kMutantNames[static_cast<std::size_t>(mutant)] == wanted;
}

}  // namespace xaodbc::sqlite

#endif
