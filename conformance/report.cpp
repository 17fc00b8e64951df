#include "conformance/report.h"

#include <algorithm>
#include <array>

namespace xaodbc::conformance {

std::string_view name_of(Verdict verdict) {
  constexpr std::array<std::string_view, 4> kNames = {"as the standard says", "allowed",
                                                      "not driven", "wrong"};
  return kNames[static_cast<std::size_t>(verdict)];
}

std::string section_of(const std::string& name) { return name.substr(0, name.find('/')); }

void Counts::add(Verdict verdict) {
  switch (verdict) {
    case Verdict::kStandard:
      ++standard;
      return;
    case Verdict::kAllowed:
      ++allowed;
      return;
    case Verdict::kNotDriven:
      ++not_driven;
      return;
    case Verdict::kWrong:
      ++wrong;
      return;
  }
}

Counts Report::counts() const {
  Counts counts;
  for (const auto& outcome : outcomes) counts.add(outcome.verdict);
  return counts;
}

std::vector<std::pair<std::string, Counts>> Report::sections() const {
  std::vector<std::pair<std::string, Counts>> sections;
  for (const auto& outcome : outcomes) {
    const auto section = section_of(outcome.name);
    auto place = std::ranges::find(sections, section, &std::pair<std::string, Counts>::first);
    if (place == sections.end()) place = sections.insert(place, {section, {}});
    place->second.add(outcome.verdict);
  }
  return sections;
}

}  // namespace xaodbc::conformance
