#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <filesystem>
#include <iostream>
#include <random>
#include <string>

#include "tests/sim/judge.h"
#include "tests/sim/resource.h"
#include "tests/sim/run.h"
#include "tests/sim/worker.h"

namespace xaodbc::sim {
namespace {

struct Arguments {
  Options options;
  std::string board;
  std::string partner = "mariadb";
  int incarnation = 0;
};

void describe(CLI::App& app, Arguments& arguments) {
  app.description(
      "Transaction managers in three processes with four threads each work on a PostgreSQL and a "
      "MariaDB or SQLite through xaodbc while processes, sessions and servers die; afterwards "
      "every row, "
      "every prepared branch and every log record is held against what the switch answered.");
  app.add_option("--seed", arguments.options.seed,
                 "transactions and faults follow from it; by default another one each time");
  app.add_option("--transactions", arguments.options.transactions,
                 "how many, of one or two branches")
      ->take_last()
      ->default_val(1500)
      ->check(CLI::Range(1U, 50'000'000U));
  app.add_option("--faults", arguments.options.faults, "how many, spread over the run")
      ->take_last()
      ->default_val(25);
  app.add_option("--partner", arguments.partner, "mariadb or sqlite")
      ->take_last()
      ->default_val("mariadb")
      ->check(CLI::IsMember({"mariadb", "sqlite"}));
  app.add_option("--board", arguments.board)->group("");
  app.add_option("--incarnation", arguments.incarnation)->group("");
  app.footer(
      "Exit status: 0 nothing was violated, 1 something was, 2 the run could not be made.\n"
      "Example: xaodbc-sim --seed 42 --transactions 5000 --faults 100");
}

void print_result(const Run& run) {
  const auto& counters = run.board().counters();
  std::cout << counters.finished << " transactions, " << counters.branches
            << " branches: " << counters.joined << " taken over by another thread, "
            << counters.offered << " offered to any process, " << counters.recovered
            << " recovered after a death, " << counters.hazards << " read-only hazards, "
            << counters.retried << " verbs called again\n"
            << run.faults_so_far() << " faults:";
  for (std::size_t i = 0; i < run.faults().size(); ++i) {
    std::cout << (i == 0 ? " " : ", ") << run.faults().at(i) << " " << kFaultNames.at(i);
  }
  std::cout << "\n" << counters.violations << " violations\n";
  for (std::size_t i = 0; i < std::min<std::size_t>(counters.violations, kViolations); ++i) {
    std::cout << "  " << run.board().violation(i) << "\n";
  }
}

int simulate(const Options& options) {
  std::cout << "seed " << options.seed << ": " << options.transactions << " transactions, "
            << options.faults << " faults" << std::endl;
  Run run(options);
  run.carry_out();
  judge(run);
  print_result(run);
  return run.board().counters().violations == 0 ? 0 : 1;
}

int run_program(int argc, char** argv) {
  CLI::App app;
  Arguments arguments;
  arguments.options.seed = std::random_device()();
  arguments.options.program = std::filesystem::read_symlink("/proc/self/exe");
  describe(app, arguments);
  CLI11_PARSE(app, argc, argv);
  if (arguments.partner == "sqlite") partner() = support::ServerKind::kSqlite;
  if (!arguments.board.empty()) return work(arguments.board, arguments.incarnation);
  return simulate(arguments.options);
}

}  // namespace
}  // namespace xaodbc::sim

int main(int argc, char** argv) {
  try {
    return xaodbc::sim::run_program(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "xaodbc-sim: " << error.what() << "\n";
    return 2;
  }
}
