#include <nlohmann/json.hpp>

#include "conformance/report.h"

namespace xaodbc::conformance {
namespace {

using Json = nlohmann::ordered_json;

Json as_object(const Outcome& outcome) {
  return {{"name", outcome.name},       {"section", section_of(outcome.name)},
          {"clause", outcome.clause},   {"verdict", name_of(outcome.verdict)},
          {"called", outcome.called},   {"expected", outcome.expected},
          {"allowed", outcome.allowed}, {"answered", outcome.answered},
          {"why", outcome.why},         {"steps", outcome.steps}};
}

Json as_object(const Counts& counts) {
  return {{"cells", counts.total()},
          {"as_the_standard_says", counts.standard},
          {"allowed", counts.allowed},
          {"wrong", counts.wrong},
          {"not_driven", counts.not_driven}};
}

}  // namespace

std::string as_json(const Report& report) {
  Json cells = Json::array();
  for (const auto& outcome : report.outcomes) cells.push_back(as_object(outcome));
  Json sections = Json::object();
  for (const auto& [section, counts] : report.sections()) sections[section] = as_object(counts);
  const Json all = {{"library", report.library},
                    {"switch", report.switch_name},
                    {"cells", std::move(cells)},
                    {"sections", std::move(sections)},
                    {"summary", as_object(report.counts())}};
  // What a driver says may be in any encoding.
  return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace xaodbc::conformance
