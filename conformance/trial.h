#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/outcome.h"
#include "conformance/session.h"
#include "conformance/thread_of_control.h"

namespace xaodbc::conformance {

/// The threads of control of a cell, by the letters that situations use.
enum Who : char {
  kMe = 'm',        ///< the one whose call is judged
  kOther = 'o',     ///< another one that works
  kThird = 't',     ///< prepares and completes
  kStranger = 's',  ///< has not opened anything
};
std::string_view name_of(Who who);

/// Ends a cell before its end, with what the trial's outcome then says. Thrown within a cell only.
struct CellEnds {};

/// One cell being driven: its threads of control, what they called, and the judgement.
class Trial {
 public:
  Trial(Session& session, Outcome& outcome) : session_(session), outcome_(outcome) {}
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;
  /// Closes in every thread what it has open.
  void close();

  [[nodiscard]] Session& session() { return session_; }
  [[nodiscard]] bool is_wrong() const { return outcome_.verdict == Verdict::kWrong; }

  /// In a thread of control, which opens every rmid when it is first used.
  int call(Who who, const Call& call);
  int call(Who who, Verb verb, const XID& xid, long flags = TMNOFLAGS, int rmid = 0);
  Page recover(Who who, long count, long flags, int rmid = 0, bool give_array = true);
  /// Anything else, to be shown as `what`. The body must own all it uses.
  void run(Who who, const std::string& what, std::function<void()> body);
  ThreadOfControl& thread(Who who);
  /// Ends a thread as it stands.
  void end_thread(Who who);
  /// A line of the record for a step that is no call.
  void note(std::string step) { outcome_.steps.push_back(std::move(step)); }

  /// Takes an answer for or against the switch, by the text of an Expectation. True: it is not
  /// wrong.
  bool judge(const std::string& what, int code, std::string_view text);
  /// The same for what is no code.
  bool expect(bool holds, const std::string& what, const std::string& expected,
              const std::string& found);
  /// A step on the way to what is judged: any other answer is wrong, and ends the cell.
  void require(const std::string& what, int code, std::string_view text);
  [[noreturn]] void not_driven(const std::string& why);
  [[noreturn]] void fail(const std::string& why);

 private:
  void set(Verdict verdict, const std::string& what, const std::string& expected,
           const std::string& allowed, const std::string& answered);
  void open_all(Who who, ThreadOfControl& thread);

  Session& session_;
  Outcome& outcome_;
  bool judged_ = false;
  std::map<Who, std::unique_ptr<ThreadOfControl>> threads_;
};

}  // namespace xaodbc::conformance
