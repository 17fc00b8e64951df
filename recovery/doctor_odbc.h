#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/settings.h"
#include "odbc/dialect.h"
#include "recovery/odbc_ini.h"

namespace xaodbc::recovery {

/// What in odbcinst.ini harms: pooling by the driver manager (drivers.md 2.3: a MariaDB session
/// outlives its connection and keeps its branches from others), Threading=3 (one mutex for all).
std::vector<odbc::Finding> examine_drivers(const OdbcIni& drivers);

/// Any user of this host may read, write or run it.
bool is_open_to_others(const std::filesystem::path& file);

/// Passwords in an odbc.ini that every user of this host can read (I10).
std::vector<odbc::Finding> examine_sources(const OdbcFiles& files);

/// Why a resource could not be connected to, from the driver's error and the files that lead there.
odbc::Finding explain_connect_error(const config::ResourceSettings& settings,
                                    const OdbcFiles& files, const std::string& error);

}  // namespace xaodbc::recovery
