#include "bench/delay_proxy.h"

#include <poll.h>

#include <algorithm>
#include <deque>
#include <exception>
#include <list>
#include <string>
#include <utility>
#include <vector>

namespace xaodbc::bench {
namespace {

using Clock = std::chrono::steady_clock;
using support::Socket;

/// Bytes that are under way in one direction.
class Direction {
 public:
  /// False at the end of the connection.
  bool take_in(const Socket& from, Clock::duration delay) {
    auto bytes = from.receive();
    if (!bytes) return true;
    if (bytes->empty()) return false;
    pieces_.push_back({Clock::now() + delay, *std::move(bytes)});
    return true;
  }

  /// Statements and answers are small: the socket's buffer takes them at once.
  void pass_on(const Socket& to, Clock::time_point now) {
    for (; !pieces_.empty() && pieces_.front().due <= now; pieces_.pop_front()) {
      to.send(pieces_.front().bytes);
    }
  }

  [[nodiscard]] Clock::time_point next_due(Clock::time_point otherwise) const {
    return pieces_.empty() ? otherwise : std::min(otherwise, pieces_.front().due);
  }

 private:
  struct Piece {
    Clock::time_point due;
    std::string bytes;
  };
  std::deque<Piece> pieces_;
};

struct Line {
  Socket client;
  Socket server;
  Direction there{};
  Direction back{};
};

class Network {
 public:
  Network(Socket listener, int stop, unsigned short server_port, Clock::duration delay)
      : listener_(std::move(listener)), stop_(stop), server_port_(server_port), delay_(delay) {}

  void run() {
    for (;;) {
      std::vector<pollfd> polled = {{stop_, POLLIN, 0}, {listener_.file(), POLLIN, 0}};
      for (const auto& line : lines_) {
        polled.push_back({line.client.file(), POLLIN, 0});
        polled.push_back({line.server.file(), POLLIN, 0});
      }
      const timespec wait = until_next_piece();
      ::ppoll(polled.data(), polled.size(), &wait, nullptr);
      if (polled[0].revents != 0) return;
      serve_lines(polled);
      if (polled[1].revents != 0) add_line();
    }
  }

 private:
  void serve_lines(const std::vector<pollfd>& polled) {
    std::size_t at = 2;
    for (auto line = lines_.begin(); line != lines_.end(); at += 2) {
      const bool asks = polled[at].revents != 0;
      const bool answers = polled[at + 1].revents != 0;
      const bool alive = (!asks || line->there.take_in(line->client, delay_)) &&
                         (!answers || line->back.take_in(line->server, delay_));
      const auto now = Clock::now();
      line->there.pass_on(line->server, now);
      line->back.pass_on(line->client, now);
      line = alive ? std::next(line) : lines_.erase(line);
    }
  }

  void add_line() {
    Socket client = listener_.accept();
    if (!client.is_open()) return;
    try {
      lines_.push_back({std::move(client), Socket::connected_to(server_port_)});
    } catch (const std::exception&) {
      // The server is gone; so is the client's connection now.
    }
  }

  [[nodiscard]] timespec until_next_piece() const {
    auto next = Clock::now() + std::chrono::hours(1);
    for (const auto& line : lines_) next = line.there.next_due(line.back.next_due(next));
    const auto wait = std::max(next - Clock::now(), Clock::duration::zero());
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(wait);
    timespec time{};
    time.tv_sec = whole.count();
    time.tv_nsec = std::chrono::duration_cast<std::chrono::nanoseconds>(wait - whole).count();
    return time;
  }

  Socket listener_;
  int stop_;
  unsigned short server_port_;
  Clock::duration delay_;
  std::list<Line> lines_;
};

}  // namespace

DelayProxy::DelayProxy(unsigned short server_port, std::chrono::microseconds round_trip)
    : thread_([listener = port_.listen(), stop = stop_.file(), server_port, round_trip]() mutable {
        Network(std::move(listener), stop, server_port, round_trip / 2).run();
      }) {}

DelayProxy::~DelayProxy() {
  stop_.give();
  thread_.join();
}

}  // namespace xaodbc::bench
