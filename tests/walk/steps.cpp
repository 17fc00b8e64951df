#include "tests/walk/steps.h"

#include "tests/walk/statement.h"

namespace xaodbc::walk {
namespace {

Kind random_kind(Dice& dice) {
  const int of_hundred = dice.number(100);
  if (of_hundred < 52) return Kind::kStranger;
  if (of_hundred < 72) return Kind::kBranch;
  if (of_hundred < 76) return Kind::kOnePhase;
  if (of_hundred < 89) return Kind::kCommit;
  return of_hundred < 96 ? Kind::kRollBack : Kind::kSchema;
}

int statements_of(Dice& dice, Kind kind) {
  switch (kind) {
    case Kind::kStranger:
      return dice.chance(85) ? 1 : 3;
    case Kind::kBranch:
    case Kind::kOnePhase:
      return 1 + dice.number(4);
    default:
      return 0;
  }
}

const char* name(Kind kind) {
  switch (kind) {
    case Kind::kStranger:
      return "stranger";
    case Kind::kBranch:
      return "branch";
    case Kind::kOnePhase:
      return "one phase";
    case Kind::kCommit:
      return "commit";
    case Kind::kRollBack:
      return "roll back";
    case Kind::kSchema:
      return "schema";
  }
  return "";
}

}  // namespace

std::vector<Step> random_steps(Dice& dice, const Schema& schema, int count) {
  std::vector<Step> steps;
  for (int number = 0; number < count; ++number) {
    const Kind kind = random_kind(dice);
    Step step{kind, number, {}};
    for (int left = statements_of(dice, kind); left > 0; --left) {
      step.statements.push_back(random_statement(dice, schema));
    }
    if (kind == Kind::kSchema) {
      step.statements.push_back(dice.chance(30) ? "VACUUM" : random_trigger(dice));
    }
    steps.push_back(std::move(step));
  }
  return steps;
}

std::string describe(const Step& step) {
  std::string text = std::string(name(step.kind)) + " " + std::to_string(step.number) + ":";
  for (const std::string& sql : step.statements) text += " " + sql + ";";
  return text;
}

}  // namespace xaodbc::walk
