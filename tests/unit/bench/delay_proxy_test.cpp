#include "bench/delay_proxy.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <chrono>
#include <string>

namespace xaodbc::bench {
namespace {

using support::ReservedPort;
using support::Socket;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kRoundTrip{100};

/// Blocks until there is something to read or accept.
bool wait_for(const Socket& socket) {
  constexpr int kLongest = 30'000;
  pollfd polled{socket.file(), POLLIN, 0};
  return ::poll(&polled, 1, kLongest) == 1;
}

std::string receive(const Socket& socket, std::size_t size) {
  std::string all;
  while (all.size() < size && wait_for(socket)) {
    const auto bytes = socket.receive();
    if (bytes && bytes->empty()) break;
    all += bytes.value_or("");
  }
  return all;
}

class DelayProxyTest : public testing::Test {
 protected:
  DelayProxyTest() {
    EXPECT_TRUE(wait_for(listener_));
    server_ = listener_.accept();
  }

  ReservedPort port_;
  Socket listener_ = port_.listen();
  DelayProxy proxy_{port_.number(), kRoundTrip};
  Socket client_ = Socket::connected_to(proxy_.port());
  Socket server_;
};

TEST_F(DelayProxyTest, RoundTripTakesTheWholeDelay) {
  const auto start = Clock::now();
  client_.send("question");
  EXPECT_EQ(receive(server_, 8), "question");
  EXPECT_GE(Clock::now() - start, kRoundTrip / 2);
  server_.send("answer");
  EXPECT_EQ(receive(client_, 6), "answer");
  EXPECT_GE(Clock::now() - start, kRoundTrip);
}

TEST_F(DelayProxyTest, MessagesSentWithoutWaitingAreUnderWayTogether) {
  constexpr int kMessages = 50;
  const auto start = Clock::now();
  std::string sent;
  for (int i = 0; i < kMessages; ++i) {
    client_.send(std::to_string(i) + ";");
    sent += std::to_string(i) + ";";
  }
  EXPECT_EQ(receive(server_, sent.size()), sent);
  EXPECT_LT(Clock::now() - start, kMessages * kRoundTrip / 2);
}

TEST_F(DelayProxyTest, EndOfOneSideIsTheEndOfTheOther) {
  server_.end();
  EXPECT_TRUE(wait_for(client_));
  EXPECT_EQ(client_.receive(), "");
}

}  // namespace
}  // namespace xaodbc::bench
