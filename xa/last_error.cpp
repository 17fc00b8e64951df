#include "xa/last_error.h"

#include <exception>
#include <utility>

#include "base/of_this_thread.h"

namespace xaodbc::xa {
namespace {

struct LastError {
  std::string text;
};

}  // namespace

void set_last_error(std::string text) { of_this_thread<LastError>().text = std::move(text); }

const char* last_error() {
  try {
    return of_this_thread<LastError>().text.c_str();
  } catch (const std::exception&) {
    return "";  // no memory for a text means that there is none (I9)
  }
}

}  // namespace xaodbc::xa
