#include "bench/delay_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <deque>
#include <list>
#include <string>
#include <system_error>
#include <vector>

namespace xaodbc::bench {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in loopback(unsigned short port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int listen_anywhere(unsigned short& port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (listener < 0 || ::bind(listener, any, size) != 0 || ::listen(listener, SOMAXCONN) != 0 ||
      ::getsockname(listener, any, &size) != 0) {
    fail("delay proxy");
  }
  port = ntohs(address.sin_port);
  return listener;
}

void send_at_once(int socket) {
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/// Bytes that are under way in one direction.
class Pipe {
 public:
  Pipe(int from, int to) : from_(from), to_(to) {}

  [[nodiscard]] int from() const { return from_; }
  [[nodiscard]] bool empty() const { return pieces_.empty(); }
  [[nodiscard]] Clock::time_point due() const { return pieces_.front().due; }

  /// False at the end of the connection.
  bool take_in(Clock::duration delay) {
    std::array<char, 16384> buffer{};
    const auto size = ::recv(from_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (size <= 0) return false;
    pieces_.push_back({Clock::now() + delay, {buffer.data(), static_cast<std::size_t>(size)}});
    return true;
  }

  /// Statements and answers are small: the socket's buffer takes them at once.
  bool pass_on(Clock::time_point now) {
    while (!pieces_.empty() && due() <= now) {
      std::string_view rest = pieces_.front().bytes;
      while (!rest.empty()) {
        const auto size = ::send(to_, rest.data(), rest.size(), MSG_NOSIGNAL);
        if (size <= 0) return false;
        rest.remove_prefix(static_cast<std::size_t>(size));
      }
      pieces_.pop_front();
    }
    return true;
  }

 private:
  struct Piece {
    Clock::time_point due;
    std::string bytes;
  };
  int from_;
  int to_;
  std::deque<Piece> pieces_;
};

struct Line {
  Line(int client, int server) : there(client, server), back(server, client) {}
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  ~Line() {
    ::close(there.from());
    ::close(back.from());
  }
  Pipe there;
  Pipe back;
};

class Network {
 public:
  Network(int listener, int stop, unsigned short server_port, Clock::duration delay)
      : listener_(listener), stop_(stop), server_port_(server_port), delay_(delay) {}

  void run() {
    for (;;) {
      std::vector<pollfd> polled = {{stop_, POLLIN, 0}, {listener_, POLLIN, 0}};
      for (const auto& line : lines_) {
        polled.push_back({line.there.from(), POLLIN, 0});
        polled.push_back({line.back.from(), POLLIN, 0});
      }
      const timespec wait = until_next_piece();
      ::ppoll(polled.data(), polled.size(), &wait, nullptr);
      if (polled[0].revents != 0) return;
      serve_lines(polled);
      if (polled[1].revents != 0) accept_line();
    }
  }

 private:
  void serve_lines(const std::vector<pollfd>& polled) {
    std::size_t at = 2;
    for (auto line = lines_.begin(); line != lines_.end(); at += 2) {
      bool alive = polled[at].revents == 0 || line->there.take_in(delay_);
      alive = alive && (polled[at + 1].revents == 0 || line->back.take_in(delay_));
      const auto now = Clock::now();
      alive = alive && line->there.pass_on(now) && line->back.pass_on(now);
      line = alive ? std::next(line) : lines_.erase(line);
    }
  }

  void accept_line() {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(server_port_);
    if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      ::close(server);
      ::close(client);
      return;
    }
    send_at_once(client);
    send_at_once(server);
    lines_.emplace_back(client, server);
  }

  [[nodiscard]] timespec until_next_piece() const {
    auto next = Clock::now() + std::chrono::hours(1);
    for (const auto& line : lines_) {
      if (!line.there.empty()) next = std::min(next, line.there.due());
      if (!line.back.empty()) next = std::min(next, line.back.due());
    }
    const auto wait = std::max(next - Clock::now(), Clock::duration::zero());
    const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(wait).count();
    constexpr std::int64_t kSecond = 1'000'000'000;
    return {static_cast<time_t>(ns / kSecond), static_cast<long>(ns % kSecond)};
  }

  int listener_;
  int stop_;
  unsigned short server_port_;
  Clock::duration delay_;
  std::list<Line> lines_;
};

}  // namespace

DelayProxy::DelayProxy(unsigned short server_port, std::chrono::microseconds round_trip)
    : listener_(listen_anywhere(port_)), stop_(::eventfd(0, EFD_CLOEXEC)) {
  thread_ = std::thread([this, server_port, round_trip] {
    Network(listener_, stop_, server_port, round_trip / 2).run();
  });
}

DelayProxy::~DelayProxy() {
  const std::uint64_t sign = 1;
  static_cast<void>(::write(stop_, &sign, sizeof sign) == sizeof sign);
  thread_.join();
  ::close(stop_);
  ::close(listener_);
}

}  // namespace xaodbc::bench
