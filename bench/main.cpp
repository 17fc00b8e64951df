#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>

#include "bench/chart.h"
#include "bench/lab.h"
#include "bench/machine.h"
#include "bench/recover_once.h"

namespace xaodbc::bench {
namespace {

struct Arguments {
  Options options;
  bool list = false;
  std::string recover;  ///< resource: this is the fresh process of the scenario `recovery`
  std::string by_hand;  ///< connection string: likewise
  double seconds = Options().round.count();
  std::vector<std::string> delays;
};

void describe_scale(CLI::App& app, Arguments& arguments) {
  auto& options = arguments.options;
  app.add_option("--rounds", options.rounds, "pairs of rounds for each comparison")
      ->capture_default_str()
      ->check(CLI::Range(1U, 10'000U));
  app.add_option("--seconds", arguments.seconds, "length of a round")
      ->capture_default_str()
      ->check(CLI::Range(0.01, 600.0));
  app.add_option("--threads", options.threads, "numbers of threads, or of waiters in log")
      ->delimiter(',')
      ->capture_default_str()
      ->check(CLI::Range(1U, 128U));
  app.add_option("--delay", arguments.delays,
                 "transfer, beside none: time added to every round trip, 1ms or 500us")
      ->delimiter(',');
  app.add_option("--in-doubt", options.in_doubt, "recovery: prepared branches")
      ->capture_default_str()
      ->check(CLI::Range(0, 5000));
  app.add_option("--finished", options.finished, "recovery: finished branches in the log")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--branches", options.branches, "memory: how many pass through the log")
      ->capture_default_str();
}

void describe(CLI::App& app, Arguments& arguments) {
  auto& options = arguments.options;
  app.description(
      "Measures xaodbc on private servers beside the least that the same work costs by hand. Both "
      "take turns in short rounds; what counts is the median of the ratio of neighbouring rounds, "
      "with its 95 % interval.");
  app.add_option("scenario", options.scenarios, "names from --list; all when none is given");
  app.add_flag("--list", arguments.list, "say what the scenarios measure, and end");
  app.add_option("--pairs", options.pairs, "transfer: pg+pg, pg+mariadb")
      ->delimiter(',')
      ->capture_default_str()
      ->check(CLI::IsMember({"pg+pg", "pg+mariadb"}));
  app.add_option(
         "--variant", options.variants,
         "settings of the bridge, KEY=VALUE[,KEY=VALUE] of xaodbc.ini; once for each variant")
      ->capture_default_str()
      ->delimiter('\0');
  describe_scale(app, arguments);
  app.add_option("--json", options.json, "write all rounds and results to this file");
  app.add_option("--svg", options.svg, "draw throughput of transfer against threads");
  app.add_option("--recover", arguments.recover)->group("");
  app.add_option("--recover-by-hand", arguments.by_hand)->group("");
  app.footer(
      "Examples:\n"
      "  xaodbc-bench transfer --threads 1,4 --rounds 5 --seconds 0.5\n"
      "  xaodbc-bench transfer --pairs pg+pg --delay 1ms,10ms --svg transfer.svg\n"
      "  xaodbc-bench one-phase --variant guard=full --variant guard=full,read_only=off\n"
      "  xaodbc-bench --json all.json      # everything, most of an hour\n"
      "Exit status: 0, or 2 when something failed.");
}

std::chrono::microseconds parse_delay(const std::string& text) {
  std::size_t end = 0;
  double number = 0;
  try {
    number = std::stod(text, &end);
  } catch (const std::exception&) {
    end = 0;
  }
  const std::string unit = text.substr(end);
  if (end == 0 || number <= 0 || (unit != "ms" && unit != "us")) {
    throw std::invalid_argument("no delay: " + text + "; write 1ms or 500us");
  }
  return std::chrono::microseconds(static_cast<long>(number * (unit == "ms" ? 1000 : 1)));
}

const Scenario& find_scenario(const std::string& name) {
  const auto& all = all_scenarios();
  const auto found = std::ranges::find(all, name, &Scenario::name);
  if (found == all.end()) throw std::invalid_argument("no such scenario: " + name + "; see --list");
  return *found;
}

int list_scenarios() {
  for (const auto& scenario : all_scenarios()) {
    fmt::print("{:<10} {}\n", scenario.name, scenario.summary);
  }
  return 0;
}

void write_files(const Lab& lab) {
  if (!lab.options.json.empty()) lab.report.write_json(lab.options.json);
  if (lab.options.svg.empty()) return;
  std::ofstream out(lab.options.svg);
  out << draw_chart(lab.report.contested(), "transfer");
  if (!out.flush()) throw std::runtime_error("cannot write " + lab.options.svg);
}

int measure(const Options& options) {
  std::vector<Scenario> chosen;
  for (const auto& name : options.scenarios) chosen.push_back(find_scenario(name));
  if (chosen.empty()) chosen = all_scenarios();
  for (const auto& variant : options.variants) static_cast<void>(parse_keys(variant));
  Lab lab(options);
  lab.report.describe(describe_machine());
  for (const auto& scenario : chosen) {
    lab.report.begin(scenario.name, scenario.summary);
    scenario.run(lab);
    // A run that is ended early leaves what it had.
    write_files(lab);
  }
  lab.report.note("");
  lab.report.describe(describe_servers(lab.servers));
  write_files(lab);
  return 0;
}

}  // namespace

int run_program(int argc, char** argv) {
  CLI::App app;
  Arguments arguments;
  describe(app, arguments);
  CLI11_PARSE(app, argc, argv);
  if (arguments.list) return list_scenarios();
  if (!arguments.recover.empty()) return recover_once(arguments.recover);
  if (!arguments.by_hand.empty()) return recover_once_by_hand(arguments.by_hand);
  arguments.options.round = std::chrono::duration<double>(arguments.seconds);
  for (const auto& delay : arguments.delays) {
    arguments.options.delays.push_back(parse_delay(delay));
  }
  return measure(arguments.options);
}

}  // namespace xaodbc::bench

int main(int argc, char** argv) {
  try {
    return xaodbc::bench::run_program(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "xaodbc-bench: %s\n", error.what());
    return 2;
  }
}
