#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/options.h"
#include "bench/place.h"
#include "bench/report.h"
#include "tests/support/scratch_config.h"

namespace xaodbc::bench {

/// Everything that the scenarios of one run share.
struct Lab {
  explicit Lab(Options wanted) : options(std::move(wanted)) {}

  const Options options;
  Servers servers{};
  support::ScratchConfig config{};  ///< of the bridge in this process
  Report report{};

  /// Adds a resource of the bridge at that place to xaodbc.ini and returns its name. `keys` are
  /// those of a variant: "guard=full,read_only=off".
  std::string add_resource(const Place& place, const std::string& keys);

  /// A name that begins with `prefix` and is used once in this run.
  std::string new_name(const std::string& prefix) { return prefix + std::to_string(++names_); }

 private:
  std::uint64_t names_ = 0;
};

/// Throws std::invalid_argument where a key has no value.
support::Keys parse_keys(const std::string& text);

/// One set of measurements, chosen by its name on the command line.
struct Scenario {
  std::string name;
  std::string summary;
  void (*run)(Lab& lab);
};

void run_transfer(Lab& lab);
void run_logged(Lab& lab);
void run_one_phase(Lab& lab);
void run_read_only(Lab& lab);
void run_join(Lab& lab);
void run_at_end(Lab& lab);
void run_sqlite(Lab& lab);
void run_log(Lab& lab);
void run_verbs(Lab& lab);
void run_recovery(Lab& lab);
void run_memory(Lab& lab);

/// In the order in which they run.
const std::vector<Scenario>& all_scenarios();

}  // namespace xaodbc::bench
