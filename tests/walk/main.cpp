#include <CLI/CLI.hpp>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <iostream>
#include <random>
#include <string>

#include "tests/support/scratch_directory.h"
#include "tests/walk/walk.h"

namespace xaodbc::walk {
namespace {

struct Options {
  std::uint64_t seed = 0;
  int walks = 0;
  int steps = 0;
};

void describe(CLI::App& app, Options& options) {
  app.description(
      "Random walks of one process: up to six branches are in doubt in an SQLite file while "
      "somebody without the extension runs every kind of statement on the same few rows. Schemas "
      "are random, too. After each step rows and references are held against a model; of a walk "
      "with a violation the steps that it takes are told.");
  app.add_option("--seed", options.seed, "of the first walk; the next ones have the next numbers");
  app.add_option("--walks", options.walks)->default_val(300)->check(CLI::PositiveNumber);
  app.add_option("--steps", options.steps)->default_val(150)->check(CLI::PositiveNumber);
  app.footer("Exit status: 0 nothing was violated, 1 something was, 2 the run could not be made.");
}

void tell(const std::filesystem::path& file, std::uint64_t seed, const Schema& schema,
          const std::vector<Step>& steps) {
  Counts counts;
  const std::vector<Step> few = shortened(file, schema, steps);
  std::cout << "seed " << seed << " violates:\n";
  for (const std::string& sql : schema.definitions) std::cout << "  " << sql << ";\n";
  for (const Step& step : few) std::cout << "  " << describe(step) << "\n";
  std::cout << "  " << walk(file, schema, few, counts) << std::endl;
}

int run(const Options& options) {
  const support::ScratchDirectory directory;
  const std::filesystem::path file = directory.path() / "walk.db";
  Counts counts;
  int violations = 0;
  for (int number = 0; number < options.walks; ++number) {
    const std::uint64_t seed = options.seed + static_cast<std::uint64_t>(number);
    Dice dice(seed);
    const Schema schema = random_schema(dice);
    const std::vector<Step> steps = random_steps(dice, schema, options.steps);
    if (walk(file, schema, steps, counts).empty()) continue;
    ++violations;
    tell(file, seed, schema, steps);
  }
  std::cout << "seeds from " << options.seed << ": " << options.walks << " walks, "
            << counts.statements << " statements and " << counts.fenced << " refused by fences; "
            << counts.prepared << " branches prepared, " << counts.refused << " refused, "
            << counts.committed << " committed, " << counts.rolled_back << " rolled back\n"
            << violations << " violations\n";
  return violations == 0 ? 0 : 1;
}

int run_program(int argc, char** argv) {
  CLI::App app;
  Options options;
  options.seed = std::random_device()();
  describe(app, options);
  CLI11_PARSE(app, argc, argv);
  return run(options);
}

}  // namespace
}  // namespace xaodbc::walk

int main(int argc, char** argv) {
  try {
    return xaodbc::walk::run_program(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "xaodbc-sqlite-walk: " << error.what() << "\n";
    return 2;
  }
}
