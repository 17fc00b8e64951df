#include "conformance/situation.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <sstream>
#include <thread>

#include "conformance/answers.h"
#include "conformance/sql.h"

namespace xaodbc::conformance {
namespace {

struct Deed {
  std::string_view name;
  Verb verb;
  long flags;
  std::string_view expectation;
};

constexpr std::array<Deed, 15> kDeeds = {{
    {"start", Verb::kStart, TMNOFLAGS, "OK"},
    {"join", Verb::kStart, TMJOIN, "OK"},
    {"resume", Verb::kStart, TMRESUME, "OK"},
    {"end", Verb::kEnd, TMSUCCESS, "OK"},
    {"fail", Verb::kEnd, TMFAIL, "OK RB"},
    {"suspend", Verb::kEnd, TMSUSPEND, "OK"},
    {"migrate", Verb::kEnd, TMSUSPEND | TMMIGRATE, "OK NOMIGRATE"},
    {"prepare", Verb::kPrepare, TMNOFLAGS, "OK RDONLY"},
    {"commit", Verb::kCommit, TMNOFLAGS, "OK"},
    {"told", Verb::kCommit, TMNOFLAGS, "HEUR"},
    {"rollback", Verb::kRollback, TMNOFLAGS, "OK RB"},
    {"one-phase", Verb::kCommit, TMONEPHASE, "OK"},
    {"forget", Verb::kForget, TMNOFLAGS, "OK"},
    {"open", Verb::kOpen, TMNOFLAGS, "OK"},
    {"close", Verb::kClose, TMNOFLAGS, "OK"},
}};

constexpr auto kBetweenRetries = std::chrono::milliseconds(100);
constexpr int kRetries = 50;

/// Answers that leave the situation unknown, or show that it cannot be had.
void require_situation(Trial& trial, const Deed& deed, const std::string& what, int code) {
  trial.require(what, code, deed.expectation);
  if (deed.verb == Verb::kPrepare && code == XA_RDONLY) {
    trial.not_driven(
        "the branch wrote nothing and was not prepared; give --work, or make the "
        "switch prepare such branches");
  }
  if (deed.name == "fail" && code == XA_OK) {
    trial.not_driven("xa_end(TMFAIL) does not make a branch of this switch rollback-only");
  }
  if (deed.name == "migrate" && code == XA_NOMIGRATE) {
    trial.not_driven("the switch does not move associations between threads");
  }
}

}  // namespace

Situation::Branch& Situation::at(char name) {
  const auto [place, is_new] = branches_.try_emplace(name);
  if (is_new) {
    place->second.xid = trial_.session().new_xid();
    place->second.number = trial_.session().new_number();
  }
  return place->second;
}

void Situation::arrange(std::string_view steps) {
  std::istringstream stream{std::string(steps)};
  for (std::string step; stream >> step;) {
    const auto colon = step.find(':');
    const char branch = colon == std::string::npos ? 'x' : step.at(colon + 1);
    take(static_cast<Who>(step.at(0)), step.substr(2, colon - 2), branch);
  }
}

void Situation::take(Who who, const std::string& deed, char branch) {
  if (deed == "work") return work(who, at(branch));
  if (deed == "heuristic") return decide_heuristically(at(branch));
  if (deed == "exit") {
    at(branch).ties.erase(who);
    return trial_.end_thread(who);
  }
  if (deed == "migrate" && trial_.session().library().has_flag(TMNOMIGRATE)) {
    trial_.not_driven("the switch has TMNOMIGRATE");
  }
  for (const auto& known : kDeeds) {
    if (known.name != deed) continue;
    const int code = act(who, known.verb, known.flags, branch);
    return require_situation(trial_, known, std::string(name_of(known.verb)), code);
  }
  trial_.fail("no such step: " + deed);
}

int Situation::act(Who who, Verb verb, long flags, char branch) {
  Branch& one = at(branch);
  if (trial_.session().options().one_writer) require_the_only_writer(who, verb, flags, one);
  return perform(who, verb, flags, one);
}

int Situation::perform(Who who, Verb verb, long flags, Branch& branch) {
  Call call{.verb = verb, .flags = flags, .xid = branch.xid};
  const auto& options = trial_.session().options();
  if (verb == Verb::kOpen) call.info = options.open_info[0];
  if (verb == Verb::kClose) call.info = options.close_info;
  const int code = trial_.call(who, call);
  apply(branch, who, verb, flags, code);
  return code;
}

void Situation::require_the_only_writer(Who who, Verb verb, long flags, const Branch& branch) {
  const auto is_tied = [who](const auto& one) {
    const auto tie = one.second.ties.find(who);
    return tie != one.second.ties.end() && tie->second == Tie::kActive;
  };
  const bool begins = verb == Verb::kStart && (flags & ~TMNOWAIT) == 0 &&
                      branch.fate == Fate::kNone && std::ranges::none_of(branches_, is_tied);
  const bool decides = (verb == Verb::kCommit || verb == Verb::kRollback) &&
                       (flags & TMASYNC) == 0 && branch.fate == Fate::kPrepared;
  if (!begins && !decides) return;
  for (const auto& [name, other] : branches_) {
    if (&other == &branch || other.fate != Fate::kWorking) continue;
    trial_.not_driven("another branch is at work, and the database has one writer");
  }
}

void Situation::work(Who who, Branch& branch) {
  if (trial_.session().library().connection == nullptr) return;
  const long number = branch.has_worked ? trial_.session().new_number() : branch.number;
  branch.has_worked = true;
  for (const auto& sql : trial_.session().options().work) {
    const auto done = run_sql(trial_, who, sql, number);
    if (!done) trial_.fail(done.error().message());
  }
}

void Situation::decide_heuristically(Branch& branch) {
  const auto& command = trial_.session().options().heuristic;
  if (command.empty()) trial_.not_driven("needs --heuristic");
  const auto done = run_shell(command, text_of(branch.xid));
  trial_.note("an administrator: " + command);
  if (!done.is_ok()) trial_.fail(done.message());
  branch.fate = Fate::kHeuristic;
}

void Situation::finish() {
  for (const auto& [name, branch] : branches_) finish(name);
}

void Situation::finish(char name) {
  leave(name);
  complete(name);
  if (trial_.is_wrong()) throw CellEnds();
  judge_act(kThird, Verb::kRollback, TMNOFLAGS, name, "NOTA");
}

void Situation::judge_act(Who who, Verb verb, long flags, char branch,
                          std::string_view expectation) {
  const int code = act(who, verb, flags, branch);
  if (!trial_.judge(std::string(name_of(verb)) + "(" + flags_text(flags) + "), afterwards", code,
                    expectation)) {
    throw CellEnds();
  }
}

void Situation::leave(char name) {
  const auto ties = at(name).ties;
  for (const auto& [who, tie] : ties) {
    judge_act(who, Verb::kEnd, TMSUCCESS, name, at(name).rollback_only ? "RB" : "OK");
  }
}

void Situation::commit(char name) {
  int code = act(kThird, Verb::kCommit, TMNOFLAGS, name);
  for (int i = 0; i < kRetries && code == XA_RETRY; ++i) {
    std::this_thread::sleep_for(kBetweenRetries);
    code = act(kThird, Verb::kCommit, TMNOFLAGS, name);
  }
  trial_.judge("xa_commit, afterwards", code, "OK");
}

void Situation::complete(char name) {
  Branch& branch = at(name);
  if (branch.fate == Fate::kWorking) {
    if (branch.rollback_only) return judge_act(kThird, Verb::kRollback, 0, name, "OK RB");
    judge_act(kThird, Verb::kPrepare, TMNOFLAGS, name, "OK RDONLY");
  }
  if (branch.fate == Fate::kPrepared) commit(name);
  if (branch.fate == Fate::kHeuristic) {
    judge_act(kThird, Verb::kCommit, TMNOFLAGS, name, "HEUR");
    judge_act(kThird, Verb::kForget, TMNOFLAGS, name, "OK");
  }
}

void Situation::clean_up() {
  for (auto& [name, branch] : branches_) {
    for (const Who who : {kMe, kOther, kThird}) perform(who, Verb::kEnd, TMSUCCESS, branch);
  }
  std::vector<Branch*> refused;
  for (Branch* const branch : workers_first()) {
    if (!undo(*branch)) refused.push_back(branch);
  }
  for (Branch* const branch : refused) undo(*branch);
}

std::vector<Situation::Branch*> Situation::workers_first() {
  std::vector<Branch*> all;
  for (auto& [name, branch] : branches_) all.push_back(&branch);
  // Not that of std::ranges: clang 14 does not take its answer, a subrange.
  std::stable_partition(all.begin(), all.end(),
                        [](const Branch* branch) { return branch->fate == Fate::kWorking; });
  return all;
}

bool Situation::undo(Branch& branch) {
  const int code = perform(kThird, Verb::kRollback, TMNOFLAGS, branch);
  perform(kThird, Verb::kForget, TMNOFLAGS, branch);
  return code != XAER_RMFAIL && code != XA_RETRY;
}

void in_situation(Trial& trial, const std::function<void(Situation&)>& body) {
  Situation situation(trial);
  try {
    body(situation);
  } catch (const CellEnds&) {
    situation.clean_up();
    throw;
  }
}

}  // namespace xaodbc::conformance
