#pragma once

#include <memory>
#include <string>

namespace xaodbc::bench {

/// A statement handle that a program keeps for all its statements on one connection.
class Cursor {
 public:
  /// `dbc`: SQLHDBC. The handle goes with it.
  explicit Cursor(void* dbc);

  /// Throws std::runtime_error with the driver's diagnostics. Nothing of the result is read.
  void execute(const std::string& sql);
  /// Fetches the first row's first column.
  void query(const std::string& sql);

 private:
  void send(const std::string& sql);
  void close();

  void* statement_ = nullptr;
};

/// An ODBC connection as somebody without the bridge would use it.
class Session {
 public:
  explicit Session(const std::string& connection_string);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  void execute(const std::string& sql) { cursor_->execute(sql); }
  void query(const std::string& sql) { cursor_->query(sql); }
  void set_autocommit(bool on);
  /// SQLEndTran.
  void commit();

 private:
  void* env_ = nullptr;
  void* dbc_ = nullptr;
  std::unique_ptr<Cursor> cursor_;
};

}  // namespace xaodbc::bench
