#include "conformance/sql.h"

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <memory>

#include "conformance/statement.h"

namespace xaodbc::conformance {
namespace {

std::string replace_all(std::string text, const std::string& what, const std::string& by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
  return text;
}

}  // namespace

Result<bool> run_sql(Trial& trial, Who who, const std::string& sql, long number, int rmid) {
  const std::string statement = replace_all(sql, "{n}", std::to_string(number));
  auto result = std::make_shared<Result<bool>>(false);
  trial.run(who, statement, [result, statement, rmid, library = trial.session().library()] {
    void* const connection = library.connection(rmid);
    *result = connection == nullptr
                  ? failure(StatusCode::kRefused, "the thread is offered no connection")
                  : run_statement(connection, statement);
  });
  return *result;
}

bool is_visible(Trial& trial, long number) {
  const XID xid = trial.session().new_xid();
  trial.require("xa_start to read", trial.call(kThird, Verb::kStart, xid), "OK");
  const auto found = run_sql(trial, kThird, trial.session().options().read, number);
  trial.require("xa_end", trial.call(kThird, Verb::kEnd, xid, TMSUCCESS), "OK RB");
  trial.require("xa_rollback", trial.call(kThird, Verb::kRollback, xid), "OK RB");
  if (!found) trial.fail(found.error().message());
  return *found;
}

Status run_shell(const std::string& command, const std::string& xid) {
  const std::string line = "(" + replace_all(command, "{xid}", xid) + ") 2>&1 </dev/null";
  FILE* const pipe = popen(line.c_str(), "r");
  if (pipe == nullptr) return {StatusCode::kInternal, "popen failed"};
  std::string said;
  std::array<char, 512> piece{};
  while (std::fgets(piece.data(), static_cast<int>(piece.size()), pipe) != nullptr) {
    said += piece.data();
  }
  const int status = pclose(pipe);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return Status::ok();
  return {StatusCode::kRefused, "--heuristic failed: " + said};
}

}  // namespace xaodbc::conformance
