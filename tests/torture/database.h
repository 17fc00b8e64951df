#pragma once

#include <sqlite3.h>

#include <filesystem>
#include <string>

namespace xaodbc::torture {

enum class Extension { kLoaded, kNone };

/// A connection of SQLite's own, with the extension under test or, like a stranger's, without.
/// foreign_keys is on, synchronous is EXTRA. Throws if it cannot be had.
class Database {
 public:
  explicit Database(const std::filesystem::path& file, Extension extension = Extension::kLoaded,
                    int busy_milliseconds = 10'000);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  /// Runs statements: empty, or SQLite's message.
  std::string run(const std::string& sql);
  /// The rows of a query, as "1|2.0|'a'|x'00'|NULL" with a new line between two; of a failure
  /// "error: " and the message.
  std::string ask(const std::string& sql);
  /// ask("SELECT function('argument')") without the quotes.
  std::string call(const std::string& function, const std::string& argument);

  /// Waits for a busy file in short steps and, like the torture, for 10 s at most; SQLite's own
  /// steps grow to 100 ms.
  void wait_eagerly();

  /// SQLite's extended code of the last run() or ask().
  [[nodiscard]] int code() const { return code_; }
  [[nodiscard]] sqlite3* handle() { return db_; }

 private:
  void load_extension();

  sqlite3* db_ = nullptr;
  int code_ = SQLITE_OK;
};

}  // namespace xaodbc::torture
