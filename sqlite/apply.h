#pragma once

#include <set>
#include <string>

#include "sqlite/schema.h"

namespace xaodbc::sqlite {

/// Carries out a branch's changes as they are stored: its rows go as they were, and come as they
/// shall be. Fails, and then the caller undoes, if a row is not what it was. Foreign keys and
/// triggers must be off: what they did is among the changes.
Status apply_branch(sqlite3* db, Schema& schema, const std::string& gid,
                    const std::set<std::string>& tables);

/// Foreign keys, triggers and CHECKs off, and back to what they were: the branch did all that they
/// do, under its own connection's settings, which are not those of whoever decides it.
class Quiet {
 public:
  Quiet(sqlite3* db, const Schema& schema);
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;
  ~Quiet();

 private:
  sqlite3* db_;
  int foreign_keys_ = 0;
  int triggers_ = 0;
  bool ignored_checks_ = false;
};

}  // namespace xaodbc::sqlite
