#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace xaodbc::bench {

/// One thread's part in global transactions on one resource: through the bridge, or by hand in the
/// cheapest way that the database and its driver have. Numbers name transactions. Every failure
/// throws std::runtime_error.
class Participant {
 public:
  virtual ~Participant() = default;

  virtual void start(std::uint64_t number) = 0;
  /// Another unit of work for the branch that was ended just now (TMJOIN).
  virtual void join() = 0;
  virtual void execute(const std::string& sql) = 0;
  /// The same, and the first row is fetched.
  virtual void query(const std::string& sql) = 0;
  virtual void end() = 0;
  /// False: the branch wrote nothing and is ended.
  virtual bool prepare() = 0;
  virtual void commit() = 0;
  virtual void commit_one_phase() = 0;
};

}  // namespace xaodbc::bench
