#include "tests/torture/run.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include "tests/torture/power.h"
#include "tests/torture/process.h"
#include "tests/torture/progress.h"
#include "tests/torture/worker.h"

namespace xaodbc::torture {
namespace {

constexpr int kWorkers = 3;
constexpr int kStrangers = 3;
constexpr std::uint64_t kHeadStart = 20;  ///< branches that may be begun before a kill is due
constexpr std::chrono::seconds kStuck{60};

std::filesystem::path new_directory(const std::filesystem::path& in) {
  std::string name = (in / "xaodbc-torture.").string() + std::string(6, 'X');
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
  return name;
}

bool is_killed(int status) { return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL; }

}  // namespace

Run::Run(const Options& options)
    : options_(options),
      board_(options.branches),
      directory_(new_directory(options.directory)),
      judge_(board_, directory_ / "torture.db"),
      random_(options.seed) {
  if (options_.power_cuts > 0) Power::install(directory_ / "power");
  make_file();
  for (int i = 0; i < kWorkers + kStrangers; ++i) {
    places_.push_back({.is_stranger = i >= kWorkers});
    start(places_.back());
  }
}

Run::~Run() {
  for (const Place& place : places_) {
    if (place.pid == 0) continue;
    kill(place.pid, SIGKILL);
    waitpid(place.pid, nullptr, 0);
  }
  std::filesystem::remove_all(directory_);
}

std::uint32_t Run::share(std::uint32_t whole) {
  const std::uint64_t done = std::uint64_t{board_.begun()} * whole;
  return static_cast<std::uint32_t>(done / std::max(1U, options_.branches));
}

int Run::number(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(random_); }

void Run::make_file() {
  Database database(directory_ / "torture.db", Extension::kNone);
  const std::string failure = database.run(kSchema);
  if (!failure.empty()) throw std::runtime_error(failure);
}

void Run::start(Place& place) {
  place.incarnation = ++incarnations_;
  const std::uint64_t seed = random_();
  place.pid = fork_and_run([&] {
    if (place.is_stranger) {
      work_as_stranger(board_, directory_ / "torture.db", seed);
    } else {
      work_on_branches(board_, directory_ / "torture.db", seed, place.incarnation);
    }
  });
}

/// What the dead left: some of it is finished by that, the rest is for whoever takes it.
void Run::bury(Place& place, int status) {
  if (!is_killed(status) && !board_.stopping()) {
    board_.violated("a process ended with status " + std::to_string(status));
  }
  for (std::uint32_t number = board_.first_open(); number < board_.begun(); ++number) {
    Slot& slot = board_.at(number);
    if (slot.owner != place.incarnation) continue;
    if (slot.stage == Stage::kUnused || slot.stage == Stage::kAtWork) {
      slot.stage = Stage::kAbandoned;
    } else if (slot.stage == Stage::kOnePhase) {
      slot.stage = Stage::kCommittedBlind;
    } else if (!is_finished(slot.stage)) {
      ++board_.counters().kills_in_doubt;
    }
    slot.owner = 0;
  }
  place.pid = 0;
}

void Run::look_after() {
  for (Place& place : places_) {
    int status = 0;
    if (waitpid(place.pid, &status, WNOHANG) != place.pid) continue;
    board_.counters().kills += is_killed(status) ? 1 : 0;
    bury(place, status);
    judge_.verify();
    start(place);
  }
}

void Run::kill_and_bury(Place& place) {
  kill(place.pid, SIGKILL);
  int status = 0;
  waitpid(place.pid, &status, 0);
  bury(place, status);
}

void Run::kill_somebody() {
  const std::uint64_t due = share(options_.kills);
  const std::uint64_t kills = board_.counters().kills;
  board_.allow(static_cast<std::uint32_t>(kHeadStart + kills * options_.branches /
                                                           std::max(1U, options_.kills)));
  if (kills >= due) return;
  Place& place = places_[static_cast<std::size_t>(number(kWorkers + kStrangers))];
  std::this_thread::sleep_for(std::chrono::microseconds(number(3000)));
  kill_and_bury(place);
  ++board_.counters().kills;
  judge_.verify();
  start(place);
}

void Run::cut_power() {
  if (power_cuts_ >= share(options_.power_cuts)) return;
  ++power_cuts_;
  ++board_.counters().power_cuts;
  std::this_thread::sleep_for(std::chrono::microseconds(number(3000)));
  for (Place& place : places_) kill(place.pid, SIGKILL);
  for (Place& place : places_) kill_and_bury(place);
  Power::cut(directory_ / "torture.db", directory_ / "power", random_());
  judge_.verify();
  for (Place& place : places_) start(place);
}

void Run::check_progress() {
  const std::uint32_t progress = board_.counters().finished + board_.counters().begun;
  if (progress != last_progress_) {
    last_progress_ = progress;
    last_moved_ = Clock::now();
  } else if (Clock::now() - last_moved_ > kStuck) {
    board_.violated("nothing was finished for a minute");
  }
}

void Run::carry_out() {
  Progress progress(board_, options_.is_quiet);
  while (board_.counters().begun < board_.size() && board_.counters().violations == 0) {
    kill_somebody();
    cut_power();
    look_after();
    check_progress();
    progress.show();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  if (board_.counters().violations == 0) end();
  progress.end();
}

void Run::end() {
  board_.stop();
  for (Place& place : places_) {
    int status = 0;
    waitpid(place.pid, &status, 0);
    bury(place, status);
  }
  const int incarnation = ++incarnations_;
  const pid_t pid =
      fork_and_run([&] { decide_all(board_, directory_ / "torture.db", incarnation); });
  int status = 0;
  waitpid(pid, &status, 0);
  if (status != 0) board_.violated("whoever decided the rest ended with " + std::to_string(status));
  judge_.verify_end();
}

}  // namespace xaodbc::torture
