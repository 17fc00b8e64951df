#include "bench/lab.h"

#include <stdexcept>

namespace xaodbc::bench {

support::Keys parse_keys(const std::string& text) {
  support::Keys keys;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find(',', at), text.size());
    const std::string pair = text.substr(at, end - at);
    const auto equals = pair.find('=');
    if (equals == std::string::npos) throw std::invalid_argument("no KEY=VALUE: " + pair);
    keys.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
    at = end + 1;
  }
  return keys;
}

std::string Lab::add_resource(const Place& place, const std::string& keys) {
  const std::string name = new_name(place.name + "-");
  support::Keys all = {{"connection", place.connection}, {"connections_max", "600"}};
  for (const auto& key : parse_keys(keys)) all.push_back(key);
  config.add_resource(name, *place.server, all);
  return name;
}

const std::vector<Scenario>& all_scenarios() {
  static const std::vector<Scenario> scenarios = {
      {"transfer", "two resources, one UPDATE in each, two phases", run_transfer},
      {"logged", "transfer, beside one by hand with the least of a durable log", run_logged},
      {"one-phase", "one resource, one UPDATE, committed in one phase", run_one_phase},
      {"read-only", "one resource, one SELECT, voted read-only", run_read_only},
      {"join", "one resource, two units of work in one branch, two phases", run_join},
      {"at-end", "one resource, one UPDATE, prepared by xa_end (prepare = at_end)", run_at_end},
      {"sqlite", "one file, one UPDATE, two phases, beside a local commit", run_sqlite},
      {"log", "durable records of the branch log", run_log},
      {"verbs", "time and allocations of each verb, with a driver that answers at once", run_verbs},
      {"recovery", "xa_recover and xaodbc scan in a fresh process", run_recovery},
      {"memory", "bytes of an open branch; the size of the log directory", run_memory},
  };
  return scenarios;
}

}  // namespace xaodbc::bench
