#pragma once

#include <dlfcn.h>
#include <sql.h>
#include <sqlext.h>

#include <functional>

namespace xaodbc {

/// Runs whenever somebody in this process is about to connect. Told whether the driver manager is
/// asked for the completed connection string, which has the password in it.
inline std::function<void(bool asks_back)> before_connect;

}  // namespace xaodbc

/// In place of the driver manager's, which it calls: for one file of a program.
extern "C" __attribute__((visibility("default"))) SQLRETURN SQL_API
act_and_connect(SQLHDBC dbc, SQLHWND window, SQLCHAR* in, SQLSMALLINT in_size, SQLCHAR* out,
                SQLSMALLINT out_size, SQLSMALLINT* out_length,
                SQLUSMALLINT completion) __asm__("SQLDriverConnect");

SQLRETURN SQL_API act_and_connect(SQLHDBC dbc, SQLHWND window, SQLCHAR* in, SQLSMALLINT in_size,
                                  SQLCHAR* out, SQLSMALLINT out_size, SQLSMALLINT* out_length,
                                  SQLUSMALLINT completion) {
  // A copy: it may take itself back.
  if (const auto act = xaodbc::before_connect) act(out != nullptr);
  static const auto real =
      reinterpret_cast<decltype(&act_and_connect)>(dlsym(RTLD_NEXT, "SQLDriverConnect"));
  return real(dbc, window, in, in_size, out, out_size, out_length, completion);
}
