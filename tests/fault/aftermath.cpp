#include "tests/fault/aftermath.h"

#include <array>
#include <utility>

namespace xaodbc {

std::vector<Aftermath> cuts_in_question() {
  constexpr std::array<std::pair<Question, const char*>, 4> kQuestions = {{
      {Question::kList, "List"},
      {Question::kSession, "Session"},
      {Question::kProof, "Proof"},
      {Question::kDecision, "Decision"},
  }};
  std::vector<Aftermath> all;
  for (const auto& [question, name] : kQuestions) {
    for (const auto& cut : cuts()) {
      if (cut.failure != Failure::kCut || !cut.stands_for_others()) continue;
      all.push_back({.name = cut.name + "In" + name, .second = cut, .question = question});
    }
  }
  return all;
}

}  // namespace xaodbc
