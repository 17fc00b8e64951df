#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "bench/duel.h"
#include "bench/statistics.h"

namespace xaodbc::bench {

/// What a scenario measured against a floor.
struct Contested {
  std::string scenario;
  std::string setting;  ///< "pg+pg"; all that is the same at every number of threads
  unsigned threads = 1;
  Comparison comparison;
  Interval ratio;
};

/// What a scenario measured by itself.
struct Value {
  std::string scenario;
  std::string name;
  double value = 0;
  std::string unit;
};

/// What this run was made on: "cpu" → "...".
using Facts = std::map<std::string, std::string>;

/// Shows results as they come, and keeps them for files. Standard output gets the tables, standard
/// error the progress.
class Report {
 public:
  void begin(const std::string& scenario, const std::string& summary);
  /// `what` is under way, "pg+pg, 4 threads: round 1 of 15"; on a terminal replaced by the next
  /// call and by every result, in a file told up to the colon, once.
  void progress(const std::string& what);
  void add(const std::string& setting, unsigned threads, const Comparison& comparison);
  void add(const std::string& name, double value, const std::string& unit);
  /// A remark below the table.
  void note(const std::string& text);
  void describe(const Facts& facts);

  [[nodiscard]] const std::vector<Contested>& contested() const { return contested_; }
  [[nodiscard]] const std::vector<Value>& values() const { return values_; }
  void write_json(const std::filesystem::path& file) const;

 private:
  void clear_progress();

  std::string scenario_;
  std::string begun_;  ///< what was told last of what is under way
  bool table_open_ = false;
  bool progress_shown_ = false;
  std::vector<Contested> contested_;
  std::vector<Value> values_;
  Facts facts_;
};

}  // namespace xaodbc::bench
