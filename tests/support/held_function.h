#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string_view>

namespace xaodbc::support {

/// While it exists, every thread of a process that enters one of its functions stays there, busy,
/// and goes on when this object goes: the function is made to jump to itself. So a server can be
/// stopped between two steps of its own that no statement can keep apart.
///
/// It writes into the memory of the process. Throws std::runtime_error where that is not allowed
/// (a container without ptrace), on a processor other than x86-64, and when the program does not
/// export the function.
class HeldFunction {
 public:
  /// `symbol` as in the program's dynamic symbol table.
  HeldFunction(pid_t process, std::string_view symbol);
  HeldFunction(const HeldFunction&) = delete;
  HeldFunction& operator=(const HeldFunction&) = delete;
  ~HeldFunction();

 private:
  int memory_ = -1;
  std::uint64_t address_ = 0;
  std::uint16_t saved_ = 0;
};

/// MariaDB, THD::free_connection(): a session that ends has left the process list; InnoDB has not
/// been told.
inline constexpr std::string_view kMariadbSessionLeft = "_ZN3THD15free_connectionEv";
/// PostgreSQL: PREPARE TRANSACTION is durable and listed, its session has not let go of it.
inline constexpr std::string_view kPostgresqlPrepareWritten = "PostPrepare_Twophase";

}  // namespace xaodbc::support
