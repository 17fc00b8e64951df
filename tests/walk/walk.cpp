#include "tests/walk/walk.h"

#include <stdexcept>

#include "tests/torture/lines.h"

namespace xaodbc::walk {
namespace {

using torture::Database;
using torture::Extension;
using torture::Lines;

constexpr std::size_t kMostInDoubt = 6;

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

/// Prepare may say so of what a branch did in these schemas.
bool may_be_refused(const std::string& answer) {
  return has(answer, "cannot be part of a two-phase branch") ||
         has(answer, "FOREIGN KEY constraint failed");
}

/// A branch in doubt, and what it will have changed.
struct InDoubt {
  std::string gid;
  std::string delta;
};

void make(const std::filesystem::path& file, const Schema& schema) {
  std::filesystem::remove(file);
  Database database(file, Extension::kNone);
  for (const std::string& sql : schema.definitions) {
    const std::string failure = database.run(sql);
    if (!failure.empty()) throw std::runtime_error(sql + ": " + failure);
  }
}

class Walker {
 public:
  Walker(const std::filesystem::path& file, const Schema& schema, Counts& counts)
      : stranger_(file, Extension::kNone), owner_(file), other_(file), counts_(counts) {
    for (const Table& table : schema.tables) tables_.push_back(table.name);
    tables_now_ = read();
  }

  std::string take(const Step& step) {
    std::string wrong = carry_out(step);
    if (wrong.empty()) wrong = check();
    return wrong;
  }

  std::string end() {
    std::string wrong;
    while (wrong.empty() && !in_doubt_.empty()) wrong = take({Kind::kCommit, 0, {}});
    if (!wrong.empty()) return wrong;
    const std::string integrity = stranger_.ask("PRAGMA integrity_check");
    return integrity == "'ok'" ? "" : "integrity_check: " + integrity;
  }

 private:
  Lines read() { return torture::read_lines(stranger_, tables_); }

  std::string carry_out(const Step& step) {
    switch (step.kind) {
      case Kind::kStranger:
        return work_as_stranger(step);
      case Kind::kBranch:
        return in_doubt_.size() < kMostInDoubt ? prepare(step) : "";
      case Kind::kOnePhase:
        return commit_in_one_phase(step);
      case Kind::kSchema:
        return change_schema(step);
      default:
        return in_doubt_.empty() ? "" : decide(step);
    }
  }

  /// What a fence refuses leaves nothing behind.
  std::string run(Database& database, const std::string& sql) {
    const Lines before = torture::read_lines(database, tables_);
    const std::string failure = database.run(sql);
    const bool is_fenced = has(failure, "xaodbc: a prepared branch");
    ++(is_fenced ? counts_.fenced : counts_.statements);
    if (!is_fenced) return "";
    const std::string kept = torture::difference(before, torture::read_lines(database, tables_));
    return kept.empty() ? "" : "a fence refused " + sql + ", which kept " + kept;
  }

  std::string work_as_stranger(const Step& step) {
    (void)stranger_.run("PRAGMA recursive_triggers = " + std::to_string(step.number % 2));
    const bool in_transaction = step.statements.size() > 1;
    if (in_transaction) (void)stranger_.run("BEGIN IMMEDIATE");
    std::string wrong;
    for (const std::string& sql : step.statements) {
      if (wrong.empty()) wrong = run(stranger_, sql);
    }
    if (in_transaction && !stranger_.run("COMMIT").empty()) (void)stranger_.run("ROLLBACK");
    tables_now_ = read();
    return wrong;
  }

  std::string work_in_branch(const Step& step, const std::string& gid, std::string& delta) {
    if (const std::string answer = owner_.call("xaodbc_start", gid); answer != "started") {
      return "start: " + answer;
    }
    for (const std::string& sql : step.statements) {
      if (const std::string wrong = run(owner_, sql); !wrong.empty()) return wrong;
    }
    delta = torture::difference(tables_now_, torture::read_lines(owner_, tables_));
    return "";
  }

  std::string prepare(const Step& step) {
    const std::string gid = "b" + std::to_string(step.number);
    std::string delta;
    if (const std::string wrong = work_in_branch(step, gid, delta); !wrong.empty()) return wrong;
    const std::string answer = owner_.call("xaodbc_prepare", gid);
    if (answer == "read-only" && delta.empty()) return "";
    if (answer == "prepared") {
      ++counts_.prepared;
      in_doubt_.push_back({gid, delta});
      return "";
    }
    ++counts_.refused;
    return may_be_refused(answer) ? "" : "prepare: " + answer + " with " + delta;
  }

  std::string commit_in_one_phase(const Step& step) {
    const std::string gid = "b" + std::to_string(step.number);
    std::string delta;
    if (const std::string wrong = work_in_branch(step, gid, delta); !wrong.empty()) return wrong;
    const std::string answer = owner_.call("xaodbc_commit_one_phase", gid);
    if (answer == "committed") torture::add(tables_now_, delta);
    return answer == "committed" || may_be_refused(answer) ? "" : "commit in one phase: " + answer;
  }

  std::string decide(const Step& step) {
    const auto place = static_cast<std::size_t>(step.number) % in_doubt_.size();
    const InDoubt branch = in_doubt_[place];
    in_doubt_.erase(in_doubt_.begin() + static_cast<std::ptrdiff_t>(place));
    const bool commits = step.kind == Kind::kCommit;
    const std::string verb = commits ? "xaodbc_commit" : "xaodbc_rollback";
    const std::string answer = other_.call(verb, branch.gid);
    if (answer != (commits ? "committed" : "rolled back")) return branch.gid + ": " + answer;
    if (commits) torture::add(tables_now_, branch.delta);
    ++(commits ? counts_.committed : counts_.rolled_back);
    return "";
  }

  std::string change_schema(const Step& step) {
    // The fences must be the last triggers; while they hold something nobody makes them anew.
    if (!in_doubt_.empty()) return "";
    for (const std::string& sql : step.statements) (void)stranger_.run(sql);
    return "";
  }

  std::string check() {
    const std::string wrong = torture::difference(tables_now_, read());
    if (!wrong.empty()) return "rows are not as they must be: " + wrong;
    const std::string dangling = stranger_.ask("PRAGMA foreign_key_check");
    if (!dangling.empty()) return "foreign_key_check: " + dangling;
    return "";
  }

  Database stranger_;
  Database owner_;
  Database other_;
  Counts& counts_;
  std::vector<std::string> tables_;
  Lines tables_now_;
  std::vector<InDoubt> in_doubt_;
};

}  // namespace

std::string walk(const std::filesystem::path& file, const Schema& schema,
                 const std::vector<Step>& steps, Counts& counts) {
  make(file, schema);
  Walker walker(file, schema, counts);
  for (const Step& step : steps) {
    const std::string wrong = walker.take(step);
    if (!wrong.empty()) return describe(step) + "\n  " + wrong;
  }
  return walker.end();
}

std::vector<Step> shortened(const std::filesystem::path& file, const Schema& schema,
                            std::vector<Step> steps) {
  Counts counts;
  for (std::size_t place = steps.size(); place-- > 0;) {
    std::vector<Step> fewer = steps;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(place));
    if (!walk(file, schema, fewer, counts).empty()) steps = std::move(fewer);
  }
  return steps;
}

}  // namespace xaodbc::walk
