#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/trial.h"

namespace xaodbc::conformance {

/// Branches as tables 6.2 and 6.4 have them after the calls so far. Brings a cell's branches into a
/// situation, keeps track of what the answers made of them, and takes them to a proper end.
///
/// A situation is written as steps, "o.start o.work o.suspend m.start:y": thread of control, deed
/// and, when it is not x, the branch.
class Situation {
 public:
  explicit Situation(Trial& trial) : trial_(trial) {}

  /// Every step has to succeed; a situation that this switch cannot be brought into ends the cell.
  void arrange(std::string_view steps);
  /// One call on a branch, with what its answer means; not judged.
  int act(Who who, Verb verb, long flags, char branch = 'x');
  /// x was started by ax_reg, not by a call of ours.
  void note_started(Who who, long flags) { apply_start(at('x'), who, flags, 0); }
  /// Takes every branch to its end by legal calls, which must be answered as the tables say: what
  /// was refused has changed nothing.
  void finish();
  /// Leaves nothing behind after something went wrong; answers are not judged.
  void clean_up();

  [[nodiscard]] const XID& xid(char branch = 'x') { return at(branch).xid; }
  void set_xid(const XID& xid, char branch = 'x') { at(branch).xid = xid; }
  /// What {n} stands for when the branch's work is done the first time; then it is a new number.
  [[nodiscard]] long number(char branch = 'x') { return at(branch).number; }

 private:
  enum class Tie { kActive, kSuspended };
  enum class Fate { kNone, kWorking, kPrepared, kHeuristic };
  struct Branch {
    XID xid{};
    long number = 0;
    bool has_worked = false;
    Fate fate = Fate::kNone;
    bool rollback_only = false;
    std::map<Who, Tie> ties{};
  };

  Branch& at(char name);
  void take(Who who, const std::string& deed, char branch);
  void work(Who who, Branch& branch);
  void decide_heuristically(Branch& branch);
  /// Ends the cell where a database with one writer would make the call wait for another branch.
  void require_the_only_writer(Who who, Verb verb, long flags, const Branch& branch);
  int perform(Who who, Verb verb, long flags, Branch& branch);
  void apply(Branch& branch, Who who, Verb verb, long flags, int code);
  static void apply_start(Branch& branch, Who who, long flags, int code);
  static void apply_end(Branch& branch, Who who, long flags, int code);
  static void apply_completion(Branch& branch, Verb verb, int code);
  void finish(char name);
  void leave(char name);
  void complete(char name);
  void commit(char name);
  void judge_act(Who who, Verb verb, long flags, char branch, std::string_view expectation);
  /// A branch at work may hold what a prepared one's rollback needs: the right to write.
  std::vector<Branch*> workers_first();
  /// False: the branch may still be there, and another attempt may succeed.
  bool undo(Branch& branch);

  Trial& trial_;
  std::map<char, Branch> branches_;
};

/// Runs a cell's body, and cleans up when the cell ends early.
void in_situation(Trial& trial, const std::function<void(Situation&)>& body);

}  // namespace xaodbc::conformance
