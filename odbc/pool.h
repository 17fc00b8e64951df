#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/deadline.h"
#include "base/status.h"
#include "odbc/connection.h"

namespace xaodbc::odbc {

class ConnectionPool;

/// A connection that belongs to one branch or one question (I7). Going out of scope gives it back
/// to the pool, or closes it when it is not fit.
class Lease {
 public:
  Lease() = default;
  Lease(Lease&&) noexcept = default;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease() { give_back(); }

  Connection* operator->() const { return connection_.get(); }
  Connection& operator*() const { return *connection_; }
  explicit operator bool() const { return connection_ != nullptr; }
  void give_back() noexcept;
  /// Closes the connection instead of pooling it.
  void discard() noexcept;

 private:
  friend class ConnectionPool;
  Lease(std::shared_ptr<ConnectionPool> pool, std::unique_ptr<Connection> connection);

  std::shared_ptr<ConnectionPool> pool_;
  std::unique_ptr<Connection> connection_;
  std::uint64_t thread_ = 0;  ///< that asked for it
};

/// The connections of one resource in this process. Thread-safe; no lock is held while a connection
/// is opened, closed or used (I9). Leases are sticky: a thread gets the connection that it had last
/// whenever that one is free.
class ConnectionPool : public std::enable_shared_from_this<ConnectionPool> {
 public:
  using Connect = std::function<Result<std::unique_ptr<Connection>>(Deadline)>;

  static std::shared_ptr<ConnectionPool> create(unsigned connections_max, Connect connect);
  virtual ~ConnectionPool() = default;

  /// An idle connection or a new one; waits for one until the deadline when connections_max are
  /// out. kRetry: none came free. Errors of `connect` as they are.
  virtual Result<Lease> lease(Deadline deadline) = 0;
  /// As lease, without waiting.
  virtual Result<Lease> lease_now(Deadline connect_deadline) = 0;
  /// Never an idle connection: for questions after the pool's connections were seen to die. May
  /// exceed connections_max by one per asking thread, so that recovery never waits for branches.
  virtual Result<Lease> lease_fresh(Deadline deadline) = 0;
  /// A connection opened by somebody else, as if it had been leased and came back.
  virtual void adopt(std::unique_ptr<Connection> connection) = 0;
  /// Closes all idle connections: they are as dead as the one that was just lost.
  virtual void drop_idle() noexcept = 0;

 protected:
  Lease make_lease(std::unique_ptr<Connection> connection) {
    return {shared_from_this(), std::move(connection)};
  }

 private:
  friend class Lease;
  /// `thread` is the one that had leased it.
  virtual void take_back(std::unique_ptr<Connection> connection, std::uint64_t thread) noexcept = 0;
};

}  // namespace xaodbc::odbc
