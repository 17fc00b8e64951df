#pragma once

#include <condition_variable>
#include <cstddef>
#include <limits>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "tests/support/loopback.h"
#include "tests/support/private_server.h"
#include "tests/support/whole_answer.h"

namespace xaodbc::support {

/// A request, which is what a client sends until the server answers, and the server's answer to it.
struct Exchange {
  std::string text{};  ///< that the request holds
  /// Where there is no text: the n-th exchange of a connection that is not yet open, from 0. The
  /// greeting of a server that speaks first is the answer to an empty request 0.
  std::size_t number = 0;
};

/// How far an exchange gets.
struct Position {
  enum class Part { kRequest, kAnswer };
  static constexpr int kHalf = std::numeric_limits<int>::max();
  static constexpr int kAll = kHalf - 1;

  Part part = Part::kRequest;
  /// So many bytes are passed on and no more, not at once at least; negative: all but so many.
  /// Nothing of the answer means that the server has given it, all of the request that nobody has
  /// waited for that.
  int bytes = 0;
};

/// A network that fails when and where it is told to: it lies between a database driver and a
/// server on this machine's loopback and understands nothing of what it passes on, but knows when
/// an answer is whole. Drivers write requests as short as these in one piece.
///
/// One exchange at a time can be held at a position. Then the test decides what happens meanwhile,
/// and whether the connection is cut there, the rest delivered late, or nothing ever comes.
class FaultProxy {
 public:
  explicit FaultProxy(PrivateServer& server);
  explicit FaultProxy(unsigned short server_port, WholeAnswer is_whole = any_answer);
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;
  /// Cuts everything.
  ~FaultProxy();

  [[nodiscard]] unsigned short port() const { return port_.number(); }

  /// The next such exchange, once, will be held there.
  void hold(Exchange exchange, Position position);
  enum class Afterwards { kGoesOn, kEnds };
  /// The next such exchange, once, gets this for an answer: in the place of what follows the
  /// position in the server's, or, with a position in the request, of all of one that the server
  /// never gets. Afterwards the connection goes on, or ends for both sides.
  void answer_instead(Exchange exchange, Position position, std::string answer,
                      Afterwards afterwards);
  /// Throws when nothing is held within half a minute.
  void await_held();
  [[nodiscard]] bool holds();

  /// Ends the connection that is held, for both sides.
  void cut();
  /// The same for the client alone: the server does not hear of it and waits for more.
  void cut_off_client();
  /// What was held is delivered after all, to whoever is still there; a request also when its
  /// client is gone.
  void pass_on();
  /// Returns when the server has answered what was passed on, or has hung up. Throws when it does
  /// neither within half a minute.
  void await_reaction();

  /// Server away: connections are cut, new ones refused. What is held stays so.
  void go_away();
  void come_back();

 private:
  enum class Hold { kNone, kAwaitsAnswer, kHeld, kPassedOn };
  /// A client's connection and the one to the server on its behalf.
  struct Link {
    Socket client;
    Socket server;
    bool is_new = true;  ///< since hold() was called
    std::size_t exchange = 0;
    std::string request{};
    std::string answer{};  ///< to it, as far as it has come
    bool answered = false;
    Hold hold = Hold::kNone;
    std::string rest{};  ///< held back
    bool dead = false;
  };
  struct Order {
    Exchange exchange;
    Position position;
    std::optional<std::string> instead{};
    Afterwards afterwards = Afterwards::kGoesOn;
  };

  void work();
  void wait_for_traffic();
  void let_in();
  void serve(Link& link);
  void on_request(Link& link, const std::string& bytes);
  void on_answer(Link& link, const std::string& bytes);
  void answer_as_ordered(Link& link);
  void stop_in(Link& link, const Socket& receiver, const std::string& bytes);
  [[nodiscard]] bool is_ordered(const Link& link, const std::string* request) const;
  Link* held();
  Link& must_hold();
  static void end(Link& link);

  const unsigned short server_port_;
  const WholeAnswer is_whole_;
  ReservedPort port_;
  WakeUp wake_;
  std::mutex mutex_;  ///< guards everything below
  std::condition_variable changed_;
  Socket listener_;
  std::list<Link> links_;
  std::optional<Order> order_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace xaodbc::support
