#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conformance/options.h"
#include "conformance/outcome.h"

namespace xaodbc::conformance {

/// "as the standard says", "allowed", "not driven", "wrong".
std::string_view name_of(Verdict verdict);
/// Of a cell: what stands before the first slash of its name.
std::string section_of(const std::string& name);

struct Counts {
  long standard = 0;
  long allowed = 0;
  long wrong = 0;
  long not_driven = 0;
  [[nodiscard]] long total() const { return standard + allowed + wrong + not_driven; }
  void add(Verdict verdict);
};

/// A finished run, as it is reported.
struct Report {
  std::string library;
  std::string switch_name;
  std::vector<Outcome> outcomes;

  [[nodiscard]] Counts counts() const;
  /// Of each section, in the order of the run.
  [[nodiscard]] std::vector<std::pair<std::string, Counts>> sections() const;
};

std::string as_text(const Report& report, bool verbose);
std::string as_json(const Report& report);
std::string as_junit(const Report& report);

}  // namespace xaodbc::conformance
