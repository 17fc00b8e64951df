#include "recovery/doctor_odbc.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "odbc/connection_string.h"
#include "recovery/finding.h"

namespace xaodbc::recovery {
namespace {

using odbc::Finding;

bool is_on(const std::string& value) {
  const std::string word = to_lower(value);
  return word == "yes" || word == "on" || word == "1" || word == "true";
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text.empty() ? "none" : text;
}

/// What people did wrong when the driver says so. The first entry whose mark is in the message
/// counts: the specific ones stand first.
struct Hint {
  std::string_view mark;
  std::string_view todo;
};
constexpr std::array<Hint, 16> kHints{{
    {"1045", "user and password do not fit: correct user, password or password_file"},
    {"28000", "user and password do not fit: correct user, password or password_file"},
    {"password authentication failed", "correct user, password or password_file"},
    {"no password supplied", "give password or password_file"},
    {"no pg_hba.conf entry", "let this host and user in: pg_hba.conf of the server"},
    {"Peer authentication failed",
     "the server wants the operating system's user: connect by password, see pg_hba.conf"},
    {"1049", "the database does not exist on that server: correct odbc.ini or connection"},
    {"does not exist", "the database or role does not exist on that server: correct the settings"},
    {"could not translate host name", "the server's name cannot be resolved: correct it"},
    {"Unknown MySQL server host", "the server's name cannot be resolved: correct it"},
    {"check that the file of Database exists",
     "correct Database, or mount the file system on which it is; only a new database is made"},
    {"is not loaded; it must be installed",
     "install all of xaodbc again, so that its libraries lie beside each other"},
    {"max_prepared_transactions",
     "set max_prepared_transactions in postgresql.conf above the most branches ever prepared at "
     "once, and restart the server"},
    {"refused", "nothing listens there: start the server, or correct host and port"},
    {"2002", "nothing listens there: start the server, or correct host, port or socket"},
    {"No such file or directory", "nothing listens there: start the server, or correct the socket"},
}};

std::string hint_for(const std::string& error) {
  const auto found = std::find_if(kHints.begin(), kHints.end(), [&](const Hint& hint) {
    return error.find(hint.mark) != std::string::npos;
  });
  return std::string(found != kHints.end() ? found->todo
                                           : "let the server be reached, then try again");
}

Finding missing_source(const config::ResourceSettings& settings, const OdbcFiles& files) {
  auto known = files.user.sections();
  const auto more = files.system.sections();
  known.insert(known.end(), more.begin(), more.end());
  return problem(fmt::format("data source '{}' is neither in {} nor in {}", settings.dsn,
                             files.user.path().string(), files.system.path().string()),
                 fmt::format("add a section [{}] there, or name one that exists: {}", settings.dsn,
                             joined(known)));
}

}  // namespace

bool is_open_to_others(const std::filesystem::path& file) {
  struct stat facts {};
  return ::stat(file.c_str(), &facts) == 0 && (facts.st_mode & S_IRWXO) != 0;
}

std::vector<Finding> examine_drivers(const OdbcIni& drivers) {
  std::vector<Finding> findings;
  const std::string path = drivers.path().string();
  if (!drivers.found()) {
    findings.push_back(
        problem(path + " cannot be read",
                "install a driver (odbc-postgresql, odbc-mariadb) or set ODBCSYSINI"));
    return findings;
  }
  if (is_on(drivers.get("ODBC", "Pooling"))) {
    findings.push_back(problem(
        path + ": [ODBC] Pooling is on, so a MariaDB session outlives its connection and keeps "
               "other processes from finishing its branches",
        "set Pooling = No; the bridge has a pool of its own"));
  }
  for (const std::string& section : drivers.sections()) {
    if (drivers.get(section, "Threading") != "3") continue;
    findings.push_back(problem(
        fmt::format("{}: [{}] Threading = 3, so one statement at a time runs in a whole process",
                    path, section),
        "set Threading = 0 or remove the key"));
  }
  if (findings.empty()) {
    findings.push_back(fine(path + ": no pooling, no process-wide lock"));
  }
  return findings;
}

std::vector<Finding> examine_sources(const OdbcFiles& files) {
  std::vector<Finding> findings;
  for (const OdbcIni* sources : {&files.user, &files.system}) {
    const auto& section = sources->password_section();
    const std::string path = sources->path().string();
    if (!section || !is_open_to_others(path)) continue;
    findings.push_back(
        problem(fmt::format("{}: [{}] has a password in it and is open to every user of this host",
                            path, *section),
                "move the password to a password_file of the resource, or chmod o= " + path));
  }
  return findings;
}

Finding explain_connect_error(const config::ResourceSettings& settings, const OdbcFiles& files,
                              const std::string& error) {
  std::string driver;
  if (settings.dsn.empty()) {
    driver = odbc::ConnectionString(settings.connection).get("Driver");
  } else {
    const OdbcIni& source = files.user.has(settings.dsn) ? files.user : files.system;
    if (!source.has(settings.dsn)) return missing_source(settings, files);
    driver = source.get(settings.dsn, "Driver");
  }
  const bool is_path = driver.find('/') != std::string::npos;
  if (!driver.empty() && !is_path && !files.drivers.has(driver)) {
    return problem(fmt::format("driver '{}' is not in {}", driver, files.drivers.path().string()),
                   "install it, or name one that exists: " + joined(files.drivers.sections()));
  }
  if (error.find("Can't open lib") != std::string::npos) {
    return problem(error, "install the driver's package, or correct Driver in odbcinst.ini");
  }
  return problem(error, hint_for(error));
}

}  // namespace xaodbc::recovery
