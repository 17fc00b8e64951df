#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "recovery/console.h"
#include "recovery/doctor.h"

namespace xaodbc::recovery {
namespace {

using odbc::Finding;

std::string_view level_name(Finding::Level level) {
  switch (level) {
    case Finding::Level::kFine:
      return "fine";
    case Finding::Level::kNote:
      return "note";
    case Finding::Level::kProblem:
      return "problem";
  }
  return "problem";
}

}  // namespace

std::string findings_text(const std::vector<Section>& sections) {
  std::string text;
  for (const Section& section : sections) {
    text += section.resource.empty() ? "this host\n" : section.resource + "\n";
    for (const Finding& finding : section.findings) {
      text += fmt::format("  {:<7}  {}\n", level_name(finding.level), printable(finding.what));
      if (!finding.todo.empty()) text += fmt::format("           -> {}\n", printable(finding.todo));
    }
  }
  return text;
}

std::string findings_json(const std::vector<Section>& sections) {
  using Json = nlohmann::ordered_json;
  Json json;
  json["findings"] = Json::array();
  for (const Section& section : sections) {
    for (const Finding& finding : section.findings) {
      json["findings"].push_back(
          {{"resource", section.resource.empty() ? Json() : Json(section.resource)},
           {"level", level_name(finding.level)},
           {"what", finding.what},
           {"todo", finding.todo.empty() ? Json() : Json(finding.todo)}});
    }
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace xaodbc::recovery
