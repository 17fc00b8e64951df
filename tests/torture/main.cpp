#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <random>
#include <string>
#include <string_view>

#include "sqlite/mutant.h"
#include "tests/torture/run.h"

namespace xaodbc::torture {
namespace {

constexpr int kRounds = 5;
/// So many times as often as else: some mistakes show in one cut of the power out of hundreds.
constexpr std::uint32_t kMorePowerCuts = 4;

/// Killed processes leave what they wrote, on a disk or in memory; memory is faster.
std::filesystem::path default_directory() {
  const std::filesystem::path memory = "/dev/shm";
  std::error_code error;
  return std::filesystem::is_directory(memory, error) ? memory
                                                      : std::filesystem::temp_directory_path();
}

void describe(CLI::App& app, Options& options) {
  app.description(
      "Three processes work on branches in one SQLite file while three without the extension "
      "change "
      "the same tables and all of them are killed; at every step the tables are held against a "
      "model, the list against what was answered, and the file against integrity_check.");
  app.add_option("--seed", options.seed,
                 "statements follow from it; when processes are killed does not");
  app.add_option("--branches", options.branches)
      ->default_val(2200)
      ->check(CLI::Range(1, 50'000'000));
  app.add_option("--kills", options.kills, "spread over the run")->default_val(550);
  app.add_option("--power-cuts", options.power_cuts,
                 "likewise: all are killed, and of what was not synced some is lost")
      ->default_val(110);
  app.add_option("--directory", options.directory, "where the file is made");
  app.footer("Exit status: 0 nothing was violated, 1 something was, 2 the run could not be made.");
}

int torture(const Options& options) {
  std::cout << "seed " << options.seed << ": " << options.branches << " branches, " << options.kills
            << " kills, " << options.power_cuts << " cuts of the power" << std::endl;
  Run run(options);
  run.carry_out();
  Counters& counters = run.board().counters();
  std::cout << counters.prepared << " prepared, " << counters.committed << " committed, "
            << counters.rolled_back << " rolled back, " << counters.one_phase << " in one phase, "
            << counters.read_only << " read-only, " << counters.busy << " times busy; "
            << counters.strangers << " transactions of strangers; " << counters.fenced
            << " statements refused by fences; " << counters.kills << " kills, "
            << counters.kills_in_doubt << " of them leaving a branch in doubt; "
            << counters.power_cuts << " times without power; " << counters.verified
            << " verifications\n"
            << counters.violations << " violations\n";
  const std::size_t shown = std::min<std::size_t>(counters.violations, kViolations);
  for (std::size_t i = 0; i < shown; ++i) std::cout << "  " << run.board().violation(i) << "\n";
  return counters.violations == 0 ? 0 : 1;
}

/// Each mistake that the extension can be told to make must be found, by one of some runs.
int find_mutants(const Options& options) {
  int missed = 0;
  for (const std::string_view name : sqlite::kMutantNames) {
    setenv("XAODBC_SQLITE_MUTANT", name.data(), 1);
    std::uint32_t branches = 0;
    std::string found;
    Options tried = options;
    tried.is_quiet = true;
    tried.power_cuts *= kMorePowerCuts;
    for (int round = 0; round < kRounds && found.empty(); ++round, ++tried.seed) {
      Run run(tried);
      run.carry_out();
      branches += run.board().begun();
      if (run.board().counters().violations > 0) found = run.board().violation(0);
    }
    missed += found.empty() ? 1 : 0;
    std::cout << name << (found.empty() ? " was NOT found in " : " was found in ") << branches
              << " branches: " << found.substr(0, 120) << std::endl;
  }
  return missed == 0 ? 0 : 1;
}

int run_program(int argc, char** argv) {
  CLI::App app;
  Options options;
  options.seed = std::random_device()();
  options.directory = default_directory();
  bool mutants = false;
  describe(app, options);
  app.add_flag("--mutants", mutants, "make the extension's mistakes, all of which must be found");
  CLI11_PARSE(app, argc, argv);
  return mutants ? find_mutants(options) : torture(options);
}

}  // namespace
}  // namespace xaodbc::torture

int main(int argc, char** argv) {
  try {
    return xaodbc::torture::run_program(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "xaodbc-sqlite-torture: " << error.what() << "\n";
    return 2;
  }
}
