#pragma once

#include <string>

namespace xaodbc::xa {

/// The text behind xaodbc_last_error() of the calling thread.
void set_last_error(std::string text);
const char* last_error();

}  // namespace xaodbc::xa
