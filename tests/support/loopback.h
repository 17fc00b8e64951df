#pragma once

#include <optional>
#include <string>
#include <utility>

namespace xaodbc::support {

/// A TCP socket on 127.0.0.1. Nothing here waits, and an invalid one (-1) does nothing.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int file) : file_(file) {}
  Socket(Socket&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  Socket& operator=(Socket&& other) noexcept;
  ~Socket();

  /// Throws when nobody listens there.
  static Socket connected_to(unsigned short port);

  [[nodiscard]] int file() const { return file_; }
  [[nodiscard]] bool is_open() const { return file_ >= 0; }
  /// The next client of a listening socket, or an invalid socket.
  [[nodiscard]] Socket accept() const;
  /// What has arrived: "" at the end of the stream, nullopt when there is nothing yet.
  [[nodiscard]] std::optional<std::string> receive() const;
  /// What does not fit is lost, as is everything when the other side has gone.
  void send(const std::string& bytes) const;
  /// Both sides see the end of the stream, also where a forked child has a copy of the socket.
  void end() const;

 private:
  int file_ = -1;
};

/// A port that nobody else gets; while nobody listens on it, connections are refused.
class ReservedPort {
 public:
  ReservedPort();
  [[nodiscard]] unsigned short number() const { return number_; }
  [[nodiscard]] Socket listen() const;

 private:
  Socket socket_;
  unsigned short number_ = 0;
};

/// Ends another thread's poll().
class WakeUp {
 public:
  WakeUp();
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;
  ~WakeUp();
  void give() const;
  void take() const;
  [[nodiscard]] int file() const { return file_; }

 private:
  int file_;
};

}  // namespace xaodbc::support
