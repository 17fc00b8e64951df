#include <xaodbc/xa.h>

#include <cstring>

#include "conformance/cell.h"
#include "conformance/legal.h"

namespace xaodbc::conformance {
namespace {

constexpr unsigned long kSwitchFlags = TMREGISTER | TMNOMIGRATE | TMUSEASYNC;

const xa_switch_t& entries_of(Trial& trial) { return *trial.session().library().entries; }

bool is_there(const xa_switch_t& entries, Verb verb) {
  switch (verb) {
    case Verb::kOpen:
      return entries.xa_open_entry != nullptr;
    case Verb::kClose:
      return entries.xa_close_entry != nullptr;
    case Verb::kStart:
      return entries.xa_start_entry != nullptr;
    case Verb::kEnd:
      return entries.xa_end_entry != nullptr;
    case Verb::kRollback:
      return entries.xa_rollback_entry != nullptr;
    case Verb::kPrepare:
      return entries.xa_prepare_entry != nullptr;
    case Verb::kCommit:
      return entries.xa_commit_entry != nullptr;
    case Verb::kRecover:
      return entries.xa_recover_entry != nullptr;
    case Verb::kForget:
      return entries.xa_forget_entry != nullptr;
    case Verb::kComplete:
      return entries.xa_complete_entry != nullptr;
    case Verb::kCount:
      break;
  }
  return false;
}

void check_name(Trial& trial) {
  const auto& entries = entries_of(trial);
  const std::string name(entries.name, strnlen(entries.name, RMNAMESZ));
  trial.expect(!name.empty() && name.size() < RMNAMESZ, "name", "1 to 31 bytes and a NUL",
               name.size() < RMNAMESZ ? '"' + name + '"' : "no NUL");
}

void check_version(Trial& trial) {
  const long version = entries_of(trial).version;
  trial.expect(version == 0, "version", "0", std::to_string(version));
}

void check_flags(Trial& trial) {
  const auto flags = static_cast<unsigned long>(entries_of(trial).flags);
  trial.expect((flags & ~kSwitchFlags) == 0, "flags", "TMREGISTER, TMNOMIGRATE, TMUSEASYNC or none",
               std::to_string(flags));
}

void check_answers(Trial& trial, Verb verb) {
  auto& session = trial.session();
  if (!session.was_called(verb)) trial.not_driven("the verb was not called");
  std::string all;
  for (const auto& one : session.illegal_answers(verb)) all += (all.empty() ? "" : "; ") + one;
  trial.expect(all.empty(), "every call of the run", legal_answers(verb, TMNOFLAGS),
               all.empty() ? "nothing else" : all);
}

template <class Add>
void for_each_verb(const Add& add) {
  for (int i = 0; i < static_cast<int>(Verb::kCount); ++i) add(static_cast<Verb>(i));
}

}  // namespace

void add_layout_cells(Cells& cells) {
  cells.push_back({"3/name", "3, field 1", check_name});
  cells.push_back({"3/flags", "2.2; 3, field 2", check_flags});
  cells.push_back({"3/version", "3, field 3", check_version});
  for_each_verb([&](Verb verb) {
    cells.push_back({"3/" + std::string(name_of(verb)), "3, fields 4 to 13", [verb](Trial& trial) {
                       const bool found = is_there(entries_of(trial), verb);
                       trial.expect(found, "entry", "not null", found ? "not null" : "null");
                     }});
  });
}

void add_answer_cells(Cells& cells) {
  for_each_verb([&](Verb verb) {
    cells.push_back({"5.2/" + std::string(name_of(verb)), "5.2; 4, rule 8",
                     [verb](Trial& trial) { check_answers(trial, verb); }});
  });
}

}  // namespace xaodbc::conformance
