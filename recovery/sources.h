#pragma once

#include <memory>

#include "base/file.h"
#include "base/status.h"
#include "config/settings.h"
#include "log/branch_log.h"
#include "odbc/database.h"

namespace xaodbc::recovery {

/// Whether the log is only looked at, or written to.
enum class LogUse { kRead, kWrite };

/// The two that know about branches of one resource: its database and its log. Either may be
/// missing, and the other still tells what it knows.
struct Sources {
  config::ResourceSettings settings;
  std::shared_ptr<odbc::Database> database;
  Status database_error;  ///< why there is no database
  /// Null without an error: there is no log directory, so nothing was ever logged here.
  std::shared_ptr<log::BranchLog> log;
  Status log_error;
};

Sources open_sources(const config::ResourceSettings& settings, FileSystem& files);

/// Opens the log again, for the other use: one process has one log object of a directory.
/// kMisconfigured for root who would have to make the directory.
Status reopen_log(Sources& sources, LogUse use, FileSystem& files);

}  // namespace xaodbc::recovery
