#pragma once

#include "bench/place.h"
#include "bench/report.h"

namespace xaodbc::bench {

/// Processor, kernel, disk and driver manager, and how busy others keep them.
Facts describe_machine();

/// Versions of the servers that were started and of their drivers.
Facts describe_servers(const Servers& servers);

}  // namespace xaodbc::bench
