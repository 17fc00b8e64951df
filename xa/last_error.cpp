#include "xa/last_error.h"

#include <utility>

namespace xaodbc::xa {
namespace {

std::string& slot() {
  thread_local std::string text;
  return text;
}

}  // namespace

void set_last_error(std::string text) { slot() = std::move(text); }
const char* last_error() { return slot().c_str(); }

}  // namespace xaodbc::xa
