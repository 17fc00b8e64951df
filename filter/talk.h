#pragma once

#include <cstdint>

#include "filter/interface.h"
#include "filter/wire.h"

namespace xaodbc::filter {

/// What Functions::may_resume promises.
bool may_resume(const Wire* wire);
/// What Functions::send and Functions::receive promise. Nothing of it passes the hooks.
bool send(Wire* wire, const char* text);
Reply receive(Wire* wire, std::int64_t deadline_ns);

}  // namespace xaodbc::filter
