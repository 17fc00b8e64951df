#include "tests/sim/run.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <numeric>
#include <stdexcept>
#include <thread>

#include "tests/sim/progress.h"
#include "tests/sim/resource.h"
#include "tests/support/sabotage.h"

namespace xaodbc::sim {
namespace {

using support::PrivateServer;
using support::ServerKind;

constexpr std::size_t kPlaces = 3;
constexpr std::chrono::milliseconds kTick{5};
/// Longer than anything that is waited for, a restart of a server on a busy machine included.
constexpr std::chrono::seconds kStuck{150};

/// What a server has answered survives its SIGKILL without a sync: the machine does not die here.
support::ServerOptions options_for(ServerKind kind) {
  if (kind == ServerKind::kSqlite) return {};
  if (kind == ServerKind::kPostgresql) {
    return {.variables = {"fsync=off", "max_prepared_transactions=200"}};
  }
  return {.variables = {"innodb-flush-log-at-trx-commit=2"}};
}

void make_ledger(PrivateServer& server) {
  const std::string engine = server.kind() == ServerKind::kMariadb ? " ENGINE=InnoDB" : "";
  server.execute("CREATE TABLE ledger (id INTEGER PRIMARY KEY, v INTEGER)" + engine);
}

}  // namespace

Run::Run(const Options& options)
    : options_(options),
      outages_(2),
      board_(Board::create(directory_.path() / "board", options.seed, options.transactions)),
      places_(kPlaces) {
  for (const auto kind : {ServerKind::kPostgresql, partner()}) {
    servers_.emplace_back(kind, options_for(kind));
  }
  for (auto& server : servers_) {
    make_ledger(server);
    if (server.kind() != ServerKind::kSqlite) networks_.emplace_back(server);
  }
  add_resources();
}

Run::~Run() {
  for (auto& place : places_) {
    if (place.pid == 0) continue;
    ::kill(place.pid, SIGKILL);
    waitpid(place.pid, nullptr, 0);
  }
}

void Run::add_resources() {
  for (const auto& resource : kResources) {
    const auto which = resource.is_partner ? 1U : 0U;
    auto& server = servers_.at(which);
    config_.add_resource(
        resource.name, server,
        {{"verb_timeout", "3"}, {"prepare", resource.at_end ? "at_end" : "on_demand"}});
    if (server.kind() == ServerKind::kSqlite) continue;
    config_.add_resource(resource.name,
                         {{"connection", server.connection_through(networks_.at(which).port())}});
  }
}

PrivateServer& Run::server(ServerKind kind) {
  return *std::ranges::find(servers_, kind, &PrivateServer::kind);
}

std::uint32_t Run::faults_so_far() const {
  return std::accumulate(faults_.begin(), faults_.end(), 0U);
}

void Run::start(Place& place, std::optional<FailPoint> point) {
  place.incarnation = ++incarnations_;
  const std::string incarnation = std::to_string(place.incarnation);
  const std::string board = directory_.path() / "board";
  place.pid = fork();
  if (place.pid < 0) throw std::runtime_error("no process can be started");
  if (place.pid != 0) return;
  if (point) {
    const std::string name(kFailPointNames.at(static_cast<std::size_t>(*point)));
    setenv("XAODBC_FAIL_POINT", name.c_str(), 1);
  }
  execl(options_.program.c_str(), "xaodbc-sim", "--board", board.c_str(), "--incarnation",
        incarnation.c_str(), "--partner", partner() == ServerKind::kSqlite ? "sqlite" : "mariadb",
        nullptr);
  _exit(127);
}

void Run::kill(Place& place) {
  if (place.pid == 0) return;
  ::kill(place.pid, SIGKILL);
  waitpid(place.pid, nullptr, 0);
  board_.mark_dead(place.incarnation);
  place.pid = 0;
}

void Run::look_after(Place& place) {
  int status = 0;
  if (place.pid != 0 && waitpid(place.pid, &status, WNOHANG) == place.pid) bury(place, status);
}

void Run::bury(Place& place, int status) {
  board_.mark_dead(place.incarnation);
  place.pid = 0;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
    count(FaultKind::kFailPoint);
  } else {
    board_.violated("process " + std::to_string(place.incarnation) + " ended with wait status " +
                    std::to_string(status));
  }
  start(place);
}

void Run::apply(const Fault& fault) {
  if (fault.kind <= FaultKind::kKillProcesses) return break_processes(fault);
  const bool in_file = servers_.at(fault.server).kind() == ServerKind::kSqlite;
  in_file ? lock_file(fault) : break_server(fault);
}

void Run::break_processes(const Fault& fault) {
  Place& place = places_.at(fault.place);
  if (fault.kind != FaultKind::kKillProcesses) {
    kill(place);
    start(place, fault.kind == FaultKind::kFailPoint ? std::optional(fault.point) : std::nullopt);
    return count(FaultKind::kKillProcess);
  }
  for (auto& each : places_) kill(each);
  for (auto& each : places_) start(each);
  count(FaultKind::kKillProcesses);
}

/// Strangers obey fences and locks, but may keep a lock for long. They do not wait for one here:
/// whoever has it may wait for a branch that only this thread finishes.
void Run::lock_file(const Fault& fault) {
  locker_.emplace(servers_.at(fault.server).connection() + ";Timeout=100");
  try {
    locker_->execute("BEGIN IMMEDIATE");
  } catch (const support::SqlError&) {
    return locker_.reset();
  }
  outages_.at(fault.server).stopped_until =
      Clock::now() + std::chrono::milliseconds(fault.milliseconds);
  count(FaultKind::kLockFile);
}

void Run::break_server(const Fault& fault) {
  PrivateServer& server = servers_.at(fault.server);
  const auto until = Clock::now() + std::chrono::milliseconds(fault.milliseconds);
  switch (fault.kind) {
    case FaultKind::kEndSessions:
      support::end_sessions_once(server);
      break;
    case FaultKind::kKillServer:
      server.kill();
      server.start();
      break;
    case FaultKind::kRestartServer:
      server.restart();
      break;
    case FaultKind::kPauseServer:
      server.pause();
      outages_.at(fault.server).stopped_until = until;
      break;
    case FaultKind::kCutExchange: {
      const auto text = statements_of(server.kind()).at(fault.statement);
      return networks_.at(fault.server).hold({std::string(text)}, fault.position);
    }
    case FaultKind::kCutNetwork:
      if (!outages_.at(fault.server).cut_off_until) networks_.at(fault.server).go_away();
      outages_.at(fault.server).cut_off_until = until;
      break;
    default:
      throw std::logic_error("no such fault of a server");
  }
  count(fault.kind);
}

/// A statement that was to be cut off has come to the place.
void Run::cut_what_is_held() {
  for (auto& network : networks_) {
    if (!network.holds()) continue;
    network.cut();
    count(FaultKind::kCutExchange);
  }
}

void Run::end_outages() {
  const auto over = [](auto& until) {
    if (!until || Clock::now() < *until) return false;
    until.reset();
    return true;
  };
  for (std::size_t i = 0; i < outages_.size(); ++i) {
    if (over(outages_.at(i).stopped_until)) let_go(i);
    if (over(outages_.at(i).cut_off_until)) networks_.at(i).come_back();
  }
}

void Run::let_go(std::size_t which) {
  if (servers_.at(which).kind() == ServerKind::kSqlite) {
    locker_.reset();
  } else {
    servers_.at(which).resume();
  }
}

bool Run::any_stopped() const {
  return std::ranges::any_of(outages_, [](const auto& o) { return bool(o.stopped_until); });
}

bool Run::all_done() const {
  return std::ranges::all_of(places_, [](const Place& place) { return place.pid == 0; });
}

bool Run::is_stuck() {
  const auto& counters = board_.counters();
  const std::uint64_t progress = counters.begun + counters.finished + counters.retried;
  if (progress != last_progress_) last_moved_ = Clock::now();
  last_progress_ = progress;
  return Clock::now() - last_moved_ > kStuck;
}

/// What the last deaths left behind, once nothing breaks any more.
void Run::clean_up() {
  for (std::size_t i = 0; i < outages_.size(); ++i) {
    if (outages_.at(i).stopped_until) let_go(i);
    if (outages_.at(i).cut_off_until) networks_.at(i).come_back();
  }
  start(places_.front());
  while (!all_done()) {
    look_after(places_.front());
    cut_what_is_held();
    std::this_thread::sleep_for(kTick);
  }
}

void Run::carry_out() {
  const auto schedule = make_schedule(options_.seed, options_.transactions, options_.faults,
                                      places_.size(), servers_.size());
  auto next = schedule.begin();
  Progress progress(options_.transactions);
  last_moved_ = Clock::now();
  for (auto& place : places_) start(place);
  while (!all_done()) {
    for (auto& place : places_) look_after(place);
    end_outages();
    cut_what_is_held();
    if (!any_stopped() && next != schedule.end() && board_.counters().begun >= next->at)
      apply(*next++);
    progress.show(board_.counters(), faults_so_far());
    if (is_stuck()) return board_.violated("nothing has moved for a long time");
    std::this_thread::sleep_for(kTick);
  }
  clean_up();
  progress.end(board_.counters(), faults_so_far());
}

}  // namespace xaodbc::sim
