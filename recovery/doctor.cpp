#include "recovery/doctor.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/deadline.h"
#include "config/password_keys.h"
#include "config/settings.h"
#include "odbc/connection_string.h"
#include "odbc/database.h"
#include "recovery/as_owner.h"
#include "recovery/console.h"
#include "recovery/doctor_log.h"
#include "recovery/doctor_odbc.h"
#include "recovery/finding.h"
#include "recovery/segments.h"

namespace xaodbc::recovery {
namespace {

using config::ResourceSettings;
using odbc::Finding;

bool holds_secret(const ResourceSettings& settings) {
  const odbc::ConnectionString connection(settings.connection);
  return !settings.password.empty() || std::ranges::any_of(config::kPasswordKeys, [&](auto key) {
    return !connection.get(key).empty();
  });
}

/// The outlines have no password of a password_file in them, only those that the ini shows.
Finding examine_ini(const std::filesystem::path& ini,
                    const std::vector<ResourceSettings>& outlines) {
  if (outlines.empty()) {
    return problem(ini.string() + " describes no resource",
                   "add a section [NAME] with dsn or connection, or give --ini");
  }
  if (is_open_to_others(ini) && std::any_of(outlines.begin(), outlines.end(), holds_secret)) {
    return problem(
        ini.string() + " has a password in it and is open to every user of this host",
        fmt::format("chmod o= {}, or move the password to a password_file", ini.string()));
  }
  return fine(
      fmt::format("{} is readable, {}", ini.string(), counted(outlines.size(), "resource")));
}

/// Databases of the resources that could be opened, and who serves them.
struct Servers {
  std::map<std::string, std::vector<std::string>> mariadb;  ///< server to resources
};

void examine_server(odbc::Database& database, Deadline deadline, std::vector<Finding>& findings) {
  findings.push_back(fine(
      fmt::format("connected: {}, {}", database.dialect().name(), printable(database.server()))));
  const auto more = database.examine(deadline);
  if (!more) {
    findings.push_back(problem("the server cannot be examined: " + more.error().message(),
                               "let it be reached, then try again"));
    return;
  }
  findings.insert(findings.end(), more->begin(), more->end());
}

Section examine_resource(const DoctorOptions& options, const std::string& name,
                         const OdbcFiles& odbc_files, Servers& servers) {
  Section section{name, {}};
  const auto settings = config::load_resource(options.ini, name);
  if (!settings) {
    section.findings.push_back(problem(settings.error().message(), "correct that"));
    return section;
  }
  const AsOwner owner(settings->log_directory);
  const Deadline deadline = Deadline::after(settings->verb_timeout);
  const auto database = odbc::Database::open(*settings, deadline);
  if (!database) {
    section.findings.push_back(
        explain_connect_error(*settings, odbc_files, database.error().message()));
    return section;
  }
  examine_server(**database, deadline, section.findings);
  if ((*database)->dialect().name() == "mariadb") {
    servers.mariadb[(*database)->server()].push_back(name);
  }
  return section;
}

/// MariaDB's XIDs have no room for the resource (design: gid).
void examine_sharing(const Servers& servers, std::vector<Finding>& findings) {
  for (const auto& [server, resources] : servers.mariadb) {
    if (resources.size() < 2) continue;
    findings.push_back(note(
        fmt::format("{} are on one MariaDB server ({})", fmt::join(resources, ", "),
                    printable(server)),
        "works only with a transaction manager that gives every resource an XID of its own; where "
        "it does not (LIXA), use one resource: it reaches all schemas of the server"));
  }
}

std::vector<std::string> chosen(const DoctorOptions& options,
                                const std::vector<ResourceSettings>& outlines) {
  if (!options.resources.empty()) return options.resources;
  std::vector<std::string> names;
  for (const ResourceSettings& outline : outlines) names.push_back(outline.name);
  return names;
}

void examine_logs(const std::filesystem::path& ini, std::vector<Finding>& findings) {
  const auto directories = log_directories(ini);
  if (!directories) return;
  for (const auto& directory : *directories) {
    const AsOwner owner(directory);
    const auto more = examine_log(directory, posix_files());
    findings.insert(findings.end(), more.begin(), more.end());
  }
}

bool has_problem(const std::vector<Section>& sections) {
  return std::any_of(sections.begin(), sections.end(), [](const Section& section) {
    return std::any_of(
        section.findings.begin(), section.findings.end(),
        [](const Finding& finding) { return finding.level == Finding::Level::kProblem; });
  });
}

}  // namespace

int run_doctor(const DoctorOptions& options) {
  const auto show = options.json ? findings_json : findings_text;
  const auto outlines = config::load_without_secrets(options.ini);
  if (!outlines) {
    print_out(show({{"", {problem(outlines.error().message(), "correct that, or give --ini")}}}));
    return 2;
  }
  const OdbcFiles odbc_files = OdbcFiles::read();
  std::vector<Section> sections{{"", {examine_ini(options.ini, *outlines)}}};
  const auto drivers = examine_drivers(odbc_files.drivers);
  auto& host = sections.front().findings;
  const auto sources = examine_sources(odbc_files);
  host.insert(host.end(), drivers.begin(), drivers.end());
  host.insert(host.end(), sources.begin(), sources.end());
  examine_logs(options.ini, host);
  Servers servers;
  for (const std::string& name : chosen(options, *outlines)) {
    sections.push_back(examine_resource(options, name, odbc_files, servers));
  }
  examine_sharing(servers, sections.front().findings);
  print_out(show(sections));
  return has_problem(sections) ? 1 : 0;
}

}  // namespace xaodbc::recovery
