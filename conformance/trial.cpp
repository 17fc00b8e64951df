#include "conformance/trial.h"

#include <chrono>
#include <utility>

#include "conformance/answers.h"

namespace xaodbc::conformance {
namespace {

std::string step_text(Who who, const std::string& what, const std::string& answer) {
  return std::string(name_of(who)) + ": " + what + " = " + answer;
}

}  // namespace

std::string_view name_of(Who who) {
  switch (who) {
    case kMe:
      return "caller";
    case kOther:
      return "other";
    case kThird:
      return "third";
    case kStranger:
      return "stranger";
  }
  return "one of many";
}

void Trial::close() {
  for (auto& [who, thread] : threads_) {
    thread->run([&session = session_] {
      for (int rmid = 0; rmid < session.rmids(); ++rmid) {
        session.call({.verb = Verb::kClose, .rmid = rmid, .info = session.options().close_info});
      }
    });
  }
}

ThreadOfControl& Trial::thread(Who who) {
  auto& place = threads_[who];
  if (place == nullptr) {
    place = std::make_unique<ThreadOfControl>(std::chrono::seconds(session_.options().patience));
    if (who != kStranger) open_all(who, *place);
  }
  return *place;
}

void Trial::open_all(Who who, ThreadOfControl& thread) {
  for (int rmid = 0; rmid < session_.rmids(); ++rmid) {
    const auto& info = session_.options().open_info[static_cast<std::size_t>(rmid)];
    auto code = std::make_shared<int>(0);
    thread.run([&session = session_, code, rmid, info] {
      *code = session.call({.verb = Verb::kOpen, .rmid = rmid, .info = info});
    });
    if (*code != XA_OK) {
      fail(step_text(who, "xa_open(\"" + info + "\")", code_name(*code)));
    }
  }
}

void Trial::end_thread(Who who) {
  thread(who);
  note(std::string(name_of(who)) + ": the thread ends");
  threads_.erase(who);
}

int Trial::call(Who who, const Call& call) {
  auto code = std::make_shared<int>(0);
  auto& thread_of_who = thread(who);
  note(std::string(name_of(who)) + ": " + text_of(call));
  thread_of_who.run([&session = session_, code, call] { *code = session.call(call); });
  outcome_.steps.back() += " = " + code_name(*code);
  return *code;
}

int Trial::call(Who who, Verb verb, const XID& xid, long flags, int rmid) {
  return call(who, Call{.verb = verb, .flags = flags, .xid = xid, .rmid = rmid});
}

Page Trial::recover(Who who, long count, long flags, int rmid, bool give_array) {
  auto page = std::make_shared<Page>();
  run(who, "xa_recover(count " + std::to_string(count) + ", " + flags_text(flags) + ")",
      [&session = session_, page, count, flags, rmid, give_array] {
        *page = session.recover(rmid, count, flags, give_array);
      });
  outcome_.steps.back() += " = " + code_name(page->code);
  return *page;
}

void Trial::run(Who who, const std::string& what, std::function<void()> body) {
  auto& thread_of_who = thread(who);
  note(std::string(name_of(who)) + ": " + what);
  thread_of_who.run(std::move(body));
}

void Trial::set(Verdict verdict, const std::string& what, const std::string& expected,
                const std::string& allowed, const std::string& answered) {
  if (judged_ && verdict <= outcome_.verdict) return;
  if (judged_) outcome_.why = "not the call that the cell is about, but what came after it";
  judged_ = true;
  outcome_.verdict = verdict;
  outcome_.called = what;
  outcome_.expected = expected;
  outcome_.allowed = allowed;
  outcome_.answered = answered;
}

bool Trial::judge(const std::string& what, int code, std::string_view text) {
  const Expectation expectation(text);
  const auto verdict = expectation.expected.contain(code)  ? Verdict::kStandard
                       : expectation.allowed.contain(code) ? Verdict::kAllowed
                                                           : Verdict::kWrong;
  set(verdict, what, expectation.expected.text(), expectation.allowed.text(), code_name(code));
  return verdict != Verdict::kWrong;
}

bool Trial::expect(bool holds, const std::string& what, const std::string& expected,
                   const std::string& found) {
  set(holds ? Verdict::kStandard : Verdict::kWrong, what, expected, "", found);
  return holds;
}

void Trial::require(const std::string& what, int code, std::string_view text) {
  const Expectation expectation(text);
  if (expectation.expected.contain(code)) return;
  set(Verdict::kWrong, what, expectation.expected.text(), "", code_name(code));
  if (outcome_.why.empty()) outcome_.why = "a step on the way to what was to be judged";
  throw CellEnds();
}

void Trial::not_driven(const std::string& why) {
  outcome_.verdict = Verdict::kNotDriven;
  outcome_.why = why;
  throw CellEnds();
}

void Trial::fail(const std::string& why) {
  outcome_.verdict = Verdict::kWrong;
  outcome_.why = why;
  throw CellEnds();
}

}  // namespace xaodbc::conformance
