#include "odbc/pool.h"

#include <algorithm>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

#include "base/process.h"

namespace xaodbc::odbc {

Lease::Lease(std::shared_ptr<ConnectionPool> pool, std::unique_ptr<Connection> connection)
    : pool_(std::move(pool)), connection_(std::move(connection)), thread_(this_thread_token()) {}

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this == &other) return *this;
  give_back();
  pool_ = std::move(other.pool_);
  connection_ = std::move(other.connection_);
  thread_ = other.thread_;
  return *this;
}

void Lease::give_back() noexcept {
  if (connection_ != nullptr) pool_->take_back(std::move(connection_), thread_);
  pool_.reset();
}

void Lease::discard() noexcept {
  if (connection_ != nullptr) connection_->mark_unfit();
  give_back();
}

namespace {

class Pool final : public ConnectionPool {
 public:
  Pool(unsigned connections_max, Connect connect)
      : connections_max_(connections_max), connect_(std::move(connect)) {}

  Result<Lease> lease(Deadline deadline) override { return lease_until(deadline, deadline); }
  Result<Lease> lease_now(Deadline connect_deadline) override {
    return lease_until(Deadline::after({}), connect_deadline);
  }
  Result<Lease> lease_fresh(Deadline deadline) override {
    {
      const std::lock_guard lock(mutex_);
      count_one();
    }
    auto lease = connect(deadline);
    if (lease) {
      const std::lock_guard lock(mutex_);
      fresh_.push_back(&**lease);
    }
    return lease;
  }
  void adopt(std::unique_ptr<Connection> connection) override {
    {
      const std::lock_guard lock(mutex_);
      count_one();
    }
    take_back(std::move(connection), this_thread_token());
  }
  void drop_idle() noexcept override;

 private:
  struct Idle {
    std::unique_ptr<Connection> connection;
    std::uint64_t last_thread;
  };
  /// Of a connection that is being opened: free again unless there is one.
  class Place {
   public:
    explicit Place(Pool& pool) : pool_(&pool) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
      if (pool_ != nullptr) pool_->closed_one();
    }
    void was_taken() { pool_ = nullptr; }

   private:
    Pool* pool_;
  };

  Result<Lease> lease_until(Deadline wait, Deadline connect_deadline);
  Result<Lease> connect(Deadline deadline);
  std::unique_ptr<Connection> take_idle();
  /// Null when there is none.
  std::unique_ptr<Connection> take_oldest() noexcept;
  std::size_t idle_count() noexcept;
  void take_back(std::unique_ptr<Connection> connection, std::uint64_t thread) noexcept override;
  /// With mutex_ held: one more, for which there is room from now on, so that it can be taken back
  /// where there is no memory.
  void count_one();
  void closed_one() noexcept;

  const unsigned connections_max_;
  const Connect connect_;
  std::mutex mutex_;  ///< guards everything below; never held during I/O (I9)
  std::condition_variable freed_;
  std::vector<Idle> idle_;
  std::vector<const Connection*> fresh_;  ///< out on lease_fresh
  unsigned open_ = 0;                     ///< idle, leased and being opened
};

Result<Lease> Pool::lease_until(Deadline wait, Deadline connect_deadline) {
  std::unique_lock lock(mutex_);
  const auto free = [this] { return !idle_.empty() || open_ < connections_max_; };
  if (!freed_.wait_until(lock, wait.when(), free)) {
    return failure(StatusCode::kRetry, "all connections_max = " + std::to_string(connections_max_) +
                                           " connections are in use; raise connections_max");
  }
  if (!idle_.empty()) return make_lease(take_idle());
  count_one();
  lock.unlock();
  return connect(connect_deadline);
}

/// The thread's own last connection if it is free, else the one that waited longest.
std::unique_ptr<Connection> Pool::take_idle() {
  const auto last = std::find_if(idle_.rbegin(), idle_.rend(), [](const Idle& idle) {
    return idle.last_thread == this_thread_token();
  });
  const auto found = last == idle_.rend() ? idle_.begin() : std::prev(last.base());
  auto connection = std::move(found->connection);
  idle_.erase(found);
  return connection;
}

void Pool::count_one() {
  try {
    idle_.reserve(open_ + 1);
    fresh_.reserve(open_ + 1);
  } catch (...) {
    freed_.notify_one();  // another may have what this one was woken for
    throw;
  }
  ++open_;
}

Result<Lease> Pool::connect(Deadline deadline) {
  Place place(*this);
  auto connection = connect_(deadline);
  if (!connection) return failure(std::move(connection.error()));
  place.was_taken();
  return make_lease(std::move(*connection));
}

/// A fresh connection stays only where it is wanted: many questions must not leave many
/// connections behind.
void Pool::take_back(std::unique_ptr<Connection> connection, std::uint64_t thread) noexcept {
  bool kept = connection->fit() && !connection->awaits_answer();
  {
    const std::lock_guard lock(mutex_);
    const bool fresh = std::erase(fresh_, connection.get()) > 0;
    if (fresh && (!idle_.empty() || open_ > connections_max_)) kept = false;
    if (kept) idle_.push_back({std::move(connection), thread});
  }
  if (kept) return freed_.notify_one();
  connection.reset();
  closed_one();
}

void Pool::closed_one() noexcept {
  {
    const std::lock_guard lock(mutex_);
    --open_;
  }
  freed_.notify_one();
}

void Pool::drop_idle() noexcept {
  // What comes back meanwhile has just been heard of.
  for (auto left = idle_count(); left > 0; --left) {
    const auto dropped = take_oldest();
    if (dropped == nullptr) return;
    closed_one();
  }
}

std::size_t Pool::idle_count() noexcept {
  const std::lock_guard lock(mutex_);
  return idle_.size();
}

std::unique_ptr<Connection> Pool::take_oldest() noexcept {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return nullptr;
  auto connection = std::move(idle_.front().connection);
  idle_.erase(idle_.begin());
  return connection;
}

}  // namespace

std::shared_ptr<ConnectionPool> ConnectionPool::create(unsigned connections_max, Connect connect) {
  return std::make_shared<Pool>(connections_max, std::move(connect));
}

}  // namespace xaodbc::odbc
