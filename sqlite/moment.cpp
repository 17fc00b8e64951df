#include "sqlite/moment.h"

#ifdef XAODBC_FAIL_POINTS

#include <array>
#include <csignal>
#include <cstdlib>
#include <string_view>

namespace xaodbc::sqlite {
namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(Moment::kCount)> kMoments = {
    "started",       "undone",       "fenced",           "stored",        "tried",
    "prepare_ready", "prepare_done", "decision_applied", "decision_done", "one_phase_done"};

constexpr std::array<std::string_view, static_cast<std::size_t>(Mutant::kCount)> kMutants = {
    "no_pins",         "no_vanished_keys",  "primary_key_only",
    "no_insert_fence", "triggers_at_apply", "no_trial",
    "lossy_images",    "no_before_images",  "sequence_forgotten",
    "half_the_tables", "commit_twice"};

bool is_named(const char* variable, std::string_view name) {
  const char* wanted = std::getenv(variable);
  return wanted != nullptr && name == wanted;
}

}  // namespace

void moment(Moment moment) {
  if (is_named("XAODBC_SQLITE_MOMENT", kMoments[static_cast<std::size_t>(moment)])) {
    std::raise(SIGKILL);
  }
}

bool is_mutant(Mutant mutant) {
  return is_named("XAODBC_SQLITE_MUTANT", kMutants[static_cast<std::size_t>(mutant)]);
}

}  // namespace xaodbc::sqlite

#endif
