#include "bench/recover_once.h"

#include <fmt/format.h>
#include <xaodbc/xaodbc.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <stdexcept>

#include "tests/support/sql_session.h"

namespace xaodbc::bench {
namespace {

using Clock = std::chrono::steady_clock;

long us_since(Clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start).count();
}

std::size_t scan() {
  std::array<XID, 100> page{};
  std::size_t all = 0;
  for (long flags = TMSTARTRSCAN;; flags = TMNOFLAGS) {
    const int found = xaodbc_switch.xa_recover_entry(page.data(), page.size(), 0, flags);
    if (found < 0) throw std::runtime_error(xaodbc_last_error());
    all += static_cast<std::size_t>(found);
    if (static_cast<std::size_t>(found) < page.size()) return all;
  }
}

}  // namespace

int recover_once(std::string resource) {
  const auto start = Clock::now();
  if (xaodbc_switch.xa_open_entry(resource.data(), 0, TMNOFLAGS) != XA_OK) {
    throw std::runtime_error(xaodbc_last_error());
  }
  const long open = us_since(start);
  const auto opened = Clock::now();
  const std::size_t found = scan();
  fmt::print("{} {} {}\n", open, us_since(opened), found);
  std::string nothing;
  xaodbc_switch.xa_close_entry(nothing.data(), 0, TMNOFLAGS);
  return 0;
}

int recover_once_by_hand(const std::string& connection_string) {
  const auto start = Clock::now();
  support::SqlSession session(connection_string);
  const long open = us_since(start);
  const auto opened = Clock::now();
  const auto rows =
      session.execute("SELECT gid FROM pg_prepared_xacts WHERE database = current_database()");
  fmt::print("{} {} {}\n", open, us_since(opened), rows.size());
  return 0;
}

}  // namespace xaodbc::bench
