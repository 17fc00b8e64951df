#pragma once

namespace xaodbc::filter {

/// Leads the calls of libpq that a loaded psqlODBC makes past the hooks, by the table through which
/// the dynamic linker made it call libpq; a driver that is led already stays so. The driver is then
/// never unloaded. False: none is loaded, or none that calls libpq as we know it. Any thread, any
/// time.
bool hook_drivers();

}  // namespace xaodbc::filter
