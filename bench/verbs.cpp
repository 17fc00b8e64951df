#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <vector>

#include "bench/allocations.h"
#include "bench/lab.h"
#include "bench/statistics.h"
#include "bench/verb_loop.h"

namespace xaodbc::bench {
namespace {

using Clock = std::chrono::steady_clock;
template <class T>
using ForEachVerb = std::array<T, static_cast<std::size_t>(Verb::kCount)>;

constexpr std::array<Course, 3> kCourses = {Course::kTwoPhases, Course::kOnePhase,
                                            Course::kRolledBack};

std::size_t index(Verb verb) { return static_cast<std::size_t>(verb); }

/// Time and calls of each verb.
class StopWatch {
 public:
  template <class Call>
  int operator()(Verb verb, Call&& call) {
    const auto start = Clock::now();
    const int code = call();
    spent_[index(verb)] += Clock::now() - start;
    ++calls_[index(verb)];
    return code;
  }
  [[nodiscard]] double us(Verb verb) const {
    const std::chrono::duration<double, std::micro> spent = spent_[index(verb)];
    return spent.count() / calls_[index(verb)];
  }

 private:
  ForEachVerb<Clock::duration> spent_{};
  ForEachVerb<unsigned> calls_{};
};

/// Allocations of each verb.
class Counter {
 public:
  template <class Call>
  int operator()(Verb verb, Call&& call) {
    const Allocations before = allocations();
    const int code = call();
    const Allocations& after = allocations();
    auto& sum = sums_[index(verb)];
    sum.bridge += after.bridge - before.bridge;
    sum.driver_manager += after.driver_manager - before.driver_manager;
    sum.bytes += after.bytes - before.bytes;
    return code;
  }
  [[nodiscard]] const Allocations& of(Verb verb) const { return sums_[index(verb)]; }

 private:
  ForEachVerb<Allocations> sums_{};
};

template <class Function>
void for_each_verb(Function&& function) {
  for (std::size_t i = 0; i < index(Verb::kCount); ++i) function(static_cast<Verb>(i));
}

StopWatch time_round(VerbLoop& loop, std::chrono::duration<double> duration) {
  StopWatch watch;
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(duration);
  do {
    for (const Course course : kCourses) loop.run(course, watch);
  } while (Clock::now() < end);
  return watch;
}

void measure_times(Lab& lab, VerbLoop& loop, const std::string& variant) {
  ForEachVerb<std::vector<double>> times;
  for (unsigned round = 1; round <= lab.options.rounds; ++round) {
    lab.report.progress(fmt::format("{}: round {} of {}", variant, round, lab.options.rounds));
    const StopWatch watch = time_round(loop, lab.options.round);
    for_each_verb([&](Verb verb) { times[index(verb)].push_back(watch.us(verb)); });
  }
  for_each_verb([&](Verb verb) {
    lab.report.add(fmt::format("{} {}, median of rounds", variant, kVerbNames[index(verb)]),
                   median(times[index(verb)]), "us");
  });
}

void measure_allocations(Lab& lab, VerbLoop& loop, const std::string& variant) {
  constexpr unsigned kBranches = 200;
  Counter counter;
  count_allocations(true);
  for (unsigned i = 0; i < kBranches; ++i) {
    for (const Course course : kCourses) loop.run(course, counter);
  }
  count_allocations(false);
  Allocations branch;
  for_each_verb([&](Verb verb) {
    const Allocations& sum = counter.of(verb);
    // A verb that all courses have was called once in each.
    const bool common = index(verb) <= index(Verb::kEnd);
    const double calls = kBranches * (common ? kCourses.size() : 1.0);
    lab.report.add(fmt::format("{} {}, allocations", variant, kVerbNames[index(verb)]),
                   static_cast<double>(sum.bridge + sum.driver_manager) / calls, "per call");
    if (index(verb) > index(Verb::kCommit)) return;
    branch.bridge += sum.bridge / static_cast<std::uint64_t>(calls);
    branch.driver_manager += sum.driver_manager / static_cast<std::uint64_t>(calls);
    branch.bytes += sum.bytes / static_cast<std::uint64_t>(calls);
  });
  lab.report.add(variant + " branch in two phases, allocations", static_cast<double>(branch.bridge),
                 "per branch");
  lab.report.add(variant + " branch in two phases, allocations of unixODBC",
                 static_cast<double>(branch.driver_manager), "per branch");
  lab.report.add(variant + " branch in two phases, allocated", static_cast<double>(branch.bytes),
                 "bytes");
}

/// A directory for a log in memory: without a server there shall be no disk either, and syncs there
/// return at once.
class LogInMemory {
 public:
  LogInMemory(const support::ScratchConfig& config, const std::string& name)
      : path_((std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : config.directory()) /
              fmt::format("xaodbc-bench-{}-{}", ::getpid(), name)) {}
  LogInMemory(const LogInMemory&) = delete;
  LogInMemory& operator=(const LogInMemory&) = delete;
  ~LogInMemory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace

void run_verbs(Lab& lab) {
  for (const auto& variant : lab.options.variants) {
    const auto name = lab.new_name("verbs-");
    const LogInMemory log(lab.config, name);
    auto keys = parse_keys(variant);
    keys.emplace_back("log", log.path());
    VerbLoop loop(add_scripted_resource(lab.config, name, keys));
    measure_times(lab, loop, variant);
    measure_allocations(lab, loop, variant);
  }
}

}  // namespace xaodbc::bench
