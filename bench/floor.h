#pragma once

#include <string>
#include <utility>

#include "bench/participant.h"
#include "bench/session.h"

namespace xaodbc::bench {

/// A branch that is ended by preparing it, or a local transaction.
enum class Phases { kOne, kTwo };

/// What all participants by hand do alike: statements go to one connection, and the end of a unit
/// of work is nothing.
class Floor : public Participant {
 public:
  /// `name` is unlike that of every other participant on the database.
  Floor(const std::string& connection_string, std::string name)
      : session_(connection_string), name_(std::move(name)) {}

  void join() override {}
  void execute(const std::string& sql) override { session_.execute(sql); }
  void query(const std::string& sql) override { session_.query(sql); }
  void end() override {}

 protected:
  [[nodiscard]] Session& session() { return session_; }
  /// Of a transaction.
  [[nodiscard]] std::string name(std::uint64_t number) const {
    return name_ + "." + std::to_string(number);
  }

 private:
  Session session_;
  const std::string name_;
};

}  // namespace xaodbc::bench
