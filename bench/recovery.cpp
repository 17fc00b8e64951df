#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "base/file.h"
#include "bench/lab.h"
#include "bench/life.h"
#include "log/branch_log.h"
#include "tests/support/child.h"

namespace xaodbc::bench {
namespace {

using Clock = std::chrono::steady_clock;
using support::PrivateServer;

constexpr const char* kResource = "recovered";

PrivateServer start_server(std::size_t in_doubt) {
  return PrivateServer(support::ServerKind::kPostgresql,
                       {.variables = {fmt::format("max_prepared_transactions={}", in_doubt + 50),
                                      "max_wal_size=1GB"}});
}

std::string identity_of(PrivateServer& server) {
  return "postgresql:" +
         server.connect().scalar("SELECT system_identifier::text FROM pg_control_system()") +
         "/app";
}

void prepare_on_server(PrivateServer& server, std::size_t in_doubt) {
  auto session = server.connect();
  session.execute("CREATE TABLE ledger (id BIGINT)");
  for (std::size_t i = 0; i < in_doubt; ++i) {
    session.execute(fmt::format("BEGIN;INSERT INTO ledger VALUES ({});PREPARE TRANSACTION '{}'", i,
                                Life(kResource, i, 1).gid()));
  }
}

void append(log::BranchLog& log, log::Record record) {
  if (const auto ticket = log.append(record); !ticket) {
    throw std::runtime_error(ticket.error().message());
  }
}

/// What processes leave behind that died after so many branches.
void write_log(Lab& lab, const std::filesystem::path& directory, const std::string& server,
               std::size_t finished) {
  const auto log = log::BranchLog::open({.directory = directory}, posix_files());
  if (!log) throw std::runtime_error(log.error().message());
  const auto in_doubt = lab.options.in_doubt;
  for (std::size_t i = 0; i < in_doubt + finished; ++i) {
    Life life(kResource, i, (*log)->new_birth());
    life.set_server(server, "app");
    append(**log, life.preparing());
    append(**log, life.prepared());
    if (i < in_doubt) continue;
    append(**log, life.committing());
    append(**log, life.done());
  }
}

/// One fresh process.
struct Run {
  double wall = 0;  ///< seconds, with the process's start and end
  double open = 0;
  double recover = 0;
};

support::Finished run_timed(const std::vector<std::string>& words, double& wall) {
  const auto start = Clock::now();
  auto finished = support::run_program(words);
  wall = std::chrono::duration<double>(Clock::now() - start).count();
  return finished;
}

Run run_recovery_process(const std::vector<std::string>& words, std::size_t in_doubt) {
  Run run;
  const auto [ending, output] = run_timed(words, run.wall);
  std::istringstream numbers(output);
  std::size_t found = 0;
  numbers >> run.open >> run.recover >> found;
  if (ending != support::exited(0) || found != in_doubt) {
    throw std::runtime_error("recovery in a fresh process said: " + output);
  }
  return run;
}

double run_scan_process(const std::string& ini, std::size_t in_doubt) {
  double wall = 0;
  const auto [ending, output] =
      run_timed({XAODBC_TOOL_PATH, "--ini", ini, "scan", kResource, "--json"}, wall);
  if (ending != support::exited(in_doubt > 0 ? 1 : 0)) {
    throw std::runtime_error("xaodbc scan said: " + output);
  }
  return wall;
}

void note_round(Performance& performance, double seconds) {
  performance.per_second.push_back(1 / seconds);
  performance.cpu_us.push_back(0);
}

void measure(Lab& lab, PrivateServer& server, std::size_t finished) {
  const std::string self = std::filesystem::read_symlink("/proc/self/exe");
  const auto in_doubt = lab.options.in_doubt;
  const std::string setting = fmt::format("{} finished", finished);
  Performance floor{"by hand", {}, {}};
  Performance recover{"xa_open, xa_recover", {}, {}};
  Performance scan{"xaodbc scan", {}, {}};
  std::vector<double> open;
  std::vector<double> list;
  for (unsigned round = 0; round <= lab.options.rounds; ++round) {
    lab.report.progress(fmt::format("{}: round {} of {}", setting, round, lab.options.rounds));
    const Run by_hand =
        run_recovery_process({self, "--recover-by-hand", server.connection_string()}, in_doubt);
    const Run bridge = run_recovery_process({self, "--recover", kResource}, in_doubt);
    const double scanned = run_scan_process(lab.config.ini(), in_doubt);
    if (round == 0) continue;  // takes over the segments of the process that wrote them
    note_round(floor, by_hand.wall);
    note_round(recover, bridge.wall);
    note_round(scan, scanned);
    open.push_back(bridge.open / 1000);
    list.push_back(bridge.recover / 1000);
  }
  lab.report.add(setting, 1, {floor, recover});
  lab.report.add(setting, 1, {floor, scan});
  lab.report.add(setting + ", xa_open", median(open), "ms");
  lab.report.add(setting + ", xa_recover", median(list), "ms");
}

}  // namespace

/// A rate is of whole processes: start, connect, list, end.
void run_recovery(Lab& lab) {
  auto server = start_server(lab.options.in_doubt);
  prepare_on_server(server, lab.options.in_doubt);
  const std::string identity = identity_of(server);
  const support::ScratchDirectory directory;
  for (const std::size_t finished : lab.options.finished) {
    const auto log = directory.path() / fmt::format("log-{}", finished);
    lab.report.progress(fmt::format("writing a log of {} finished branches", finished));
    write_log(lab, log, identity, finished);
    lab.config.add_resource(kResource, server, {{"log", log}});
    measure(lab, server, finished);
  }
}

}  // namespace xaodbc::bench
