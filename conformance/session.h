#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "conformance/call.h"
#include "conformance/options.h"
#include "conformance/switch_library.h"

namespace xaodbc::conformance {

/// One run: the switch under test, and what must hold for all cells together.
class Session {
 public:
  Session(const Options& options, const SwitchLibrary& library);

  [[nodiscard]] const Options& options() const { return options_; }
  [[nodiscard]] const SwitchLibrary& library() const { return library_; }
  [[nodiscard]] int rmids() const { return static_cast<int>(options_.open_info.size()); }

  /// Calls the switch in the calling thread; an answer that the verb can never give is kept.
  int call(const Call& call);
  Page recover(int rmid, long count, long flags, bool give_array);

  /// An XID that no other run and no other cell uses.
  XID new_xid();
  /// For {n} of a statement: such a number.
  long new_number() { return next_number_++; }

  /// Where the run is: for answers out of a verb's set, and for the last words of a crash.
  void enter(const std::string& cell);
  /// "cell: call = answer" for every answer of the verb that is not in table 5.2.
  std::vector<std::string> illegal_answers(Verb verb);
  [[nodiscard]] bool was_called(Verb verb);

 private:
  void note(Verb verb, long flags, int code, const std::string& called);

  const Options& options_;
  SwitchLibrary library_;
  std::string tag_;
  std::atomic<long> next_xid_{1};
  std::atomic<long> next_number_;
  std::mutex mutex_;
  std::string cell_;
  std::map<Verb, std::vector<std::string>> illegal_;
  std::map<Verb, long> calls_;
};

}  // namespace xaodbc::conformance
