#include "bench/machine.h"

#include <fmt/format.h>
#include <sql.h>
#include <sqlext.h>
#include <sys/utsname.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

#include "base/file.h"
#include "recovery/sync_speed.h"
#include "tests/support/scratch_directory.h"

namespace xaodbc::bench {
namespace {

std::string processor() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const auto colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

std::string kernel() {
  utsname name{};
  ::uname(&name);
  return fmt::format("{} {} {}", name.sysname, name.release, name.machine);
}

std::string load() {
  std::array<double, 3> averages{};
  ::getloadavg(averages.data(), 3);
  return fmt::format("{:.2f} {:.2f} {:.2f}", averages[0], averages[1], averages[2]);
}

std::string disk() {
  const support::ScratchDirectory directory;
  const auto speed = recovery::measure_sync(directory.path(), posix_files());
  if (!speed) return "unknown: " + speed.error().message();
  return fmt::format("{} us for 256 bytes and fdatasync in {}", speed->count(),
                     directory.path().parent_path().string());
}

std::string info(void* dbc, SQLUSMALLINT which) {
  std::array<char, 256> text{};
  SQLSMALLINT length = 0;
  SQLGetInfo(dbc, which, text.data(), static_cast<SQLSMALLINT>(text.size()), &length);
  return text.data();
}

}  // namespace

Facts describe_machine() {
  return {{"processor",
           fmt::format("{}, {} of them", processor(), std::thread::hardware_concurrency())},
          {"kernel", kernel()},
          {"load", load()},
          {"disk", disk()}};
}

Facts describe_servers(const Servers& servers) {
  Facts facts;
  for (auto* server : servers.started()) {
    auto session = server->connect();
    const std::string kind = support::name_of(server->kind());
    facts["server " + kind] =
        session.scalar(server->kind() == support::ServerKind::kSqlite ? "SELECT sqlite_version()"
                                                                      : "SELECT version()");
    facts["driver " + kind] =
        info(session.handle(), SQL_DRIVER_NAME) + " " + info(session.handle(), SQL_DRIVER_VER);
    facts["unixODBC"] = info(session.handle(), SQL_DM_VER);
  }
  return facts;
}

}  // namespace xaodbc::bench
