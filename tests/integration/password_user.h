#pragma once

#include <string>

#include "tests/support/private_server.h"

namespace xaodbc {

/// A user of that name who may use the ledger, and logs in with that password; no quotes in either.
inline void make_password_user(support::PrivateServer& server, const std::string& name,
                               const std::string& password) {
  const auto run = [&](const std::string& sql) { server.execute(sql, support::Account::kAdmin); };
  if (server.kind() == support::ServerKind::kMariadb) {
    run("CREATE OR REPLACE USER " + name + "@'%' IDENTIFIED BY '" + password + "'");
    run("GRANT ALL ON app.* TO " + name + "@'%'");
    return;
  }
  if (server.connect().scalar("SELECT count(*) FROM pg_roles WHERE rolname='" + name + "'") ==
      "0") {
    run("CREATE ROLE " + name + " LOGIN");
  }
  run("ALTER ROLE " + name + " PASSWORD '" + password + "'");
  run("GRANT ALL ON ledger TO " + name);
}

}  // namespace xaodbc
