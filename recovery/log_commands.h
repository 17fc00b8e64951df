#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace xaodbc::recovery {

struct LogOptions {
  std::filesystem::path ini;                 ///< names the log directories when no file is given
  std::vector<std::filesystem::path> files;  ///< segments; empty: all of all log directories
};

/// `xaodbc log dump`: every record. `xaodbc log verify`: how each segment ends.
/// 0: no damage, 1: damage found, 2: something could not be read.
int run_log_dump(const LogOptions& options);
int run_log_verify(const LogOptions& options);

/// `xaodbc log quarantine`: sets a damaged segment aside after somebody has looked, so that xa_open
/// works again (3.1.7). Its readable branches are listed first: after it the log does not know
/// them. Refuses segments that are not damaged or in use; what is no segment by its name, or a
/// newer version's, is an error. 0: done, 1: refused, 2: error.
int run_log_quarantine(const LogOptions& options, const std::string& reason, bool yes);

}  // namespace xaodbc::recovery
