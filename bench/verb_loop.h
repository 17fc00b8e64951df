#pragma once

#include <xaodbc/xaodbc.h>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "tests/support/scratch_config.h"

namespace xaodbc::bench {

/// What is measured one by one.
enum class Verb : std::uint8_t {
  kStart,
  kConnection,
  kEnd,
  kPrepare,
  kCommit,
  kOnePhase,
  kRollback,
  kCount
};

constexpr std::array<std::string_view, static_cast<std::size_t>(Verb::kCount)> kVerbNames = {
    "xa_start",  "xaodbc_connection",    "xa_end",     "xa_prepare",
    "xa_commit", "xa_commit TMONEPHASE", "xa_rollback"};

/// How a branch ends.
enum class Course : std::uint8_t { kTwoPhases, kOnePhase, kRolledBack };

/// Adds a resource whose driver is the scripted one.
std::string add_scripted_resource(support::ScratchConfig& config, const std::string& name,
                                  const support::Keys& keys);

/// Takes branches of a resource with the scripted driver through their lives, in one thread.
class VerbLoop {
 public:
  explicit VerbLoop(std::string resource);
  VerbLoop(const VerbLoop&) = delete;
  VerbLoop& operator=(const VerbLoop&) = delete;
  ~VerbLoop();

  /// One branch. `meter(verb, call)` calls `call()` once and returns what it returned.
  template <class Meter>
  void run(Course course, Meter&& meter) {
    begin(meter);
    if (course == Course::kTwoPhases) {
      prepare(meter);
      commit(meter);
    } else if (course == Course::kOnePhase) {
      expect(meter(Verb::kOnePhase,
                   [&] { return xaodbc_switch.xa_commit_entry(&xid_, rmid_, TMONEPHASE); }));
    } else {
      expect(meter(Verb::kRollback,
                   [&] { return xaodbc_switch.xa_rollback_entry(&xid_, rmid_, TMNOFLAGS); }));
    }
  }

  /// A new branch up to xa_end, which is then named by xid().
  template <class Meter>
  void begin(Meter&& meter) {
    name_next();
    expect(
        meter(Verb::kStart, [&] { return xaodbc_switch.xa_start_entry(&xid_, rmid_, TMNOFLAGS); }));
    expect(meter(Verb::kConnection,
                 [&] { return xaodbc_connection(rmid_) != nullptr ? XA_OK : XAER_RMERR; }));
    expect(meter(Verb::kEnd, [&] { return xaodbc_switch.xa_end_entry(&xid_, rmid_, TMSUCCESS); }));
  }
  template <class Meter>
  void prepare(Meter&& meter) {
    expect(meter(Verb::kPrepare,
                 [&] { return xaodbc_switch.xa_prepare_entry(&xid_, rmid_, TMNOFLAGS); }));
  }
  template <class Meter>
  void commit(Meter&& meter) {
    expect(meter(Verb::kCommit,
                 [&] { return xaodbc_switch.xa_commit_entry(&xid_, rmid_, TMNOFLAGS); }));
  }

  [[nodiscard]] const XID& xid() const { return xid_; }
  /// The branch that the next verbs are about.
  void set_xid(const XID& xid) { xid_ = xid; }

 private:
  void name_next();
  static void expect(int code) {
    if (code != XA_OK) throw std::runtime_error(xaodbc_last_error());
  }

  std::string resource_;
  int rmid_;
  XID xid_{};
  std::uint64_t number_ = 0;
};

/// A meter that measures nothing.
struct Unmetered {
  template <class Call>
  int operator()(Verb /*verb*/, Call&& call) const {
    return call();
  }
};

}  // namespace xaodbc::bench
