#include "tests/support/fault_proxy.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <stdexcept>
#include <system_error>

namespace xaodbc::support {
namespace {

using Part = Position::Part;

std::string next(const Socket& socket) {
  pollfd waiting{socket.file(), POLLIN, 0};
  if (poll(&waiting, 1, 30'000) != 1) throw std::runtime_error("nothing came");
  return socket.receive().value_or("?");
}

Socket next_client(const Socket& listener) {
  pollfd waiting{listener.file(), POLLIN, 0};
  poll(&waiting, 1, 30'000);
  return listener.accept();
}

/// One client of a server that is the test itself.
class FaultProxyTest : public testing::Test {
 protected:
  void SetUp() override { connect(); }
  void connect() {
    client_ = Socket::connected_to(proxy_.port());
    server_ = next_client(listener_);
  }
  /// A request that arrives whole, and its answer.
  void exchange(const std::string& request, const std::string& answer) {
    client_.send(request);
    ASSERT_EQ(next(server_), request);
    server_.send(answer);
    ASSERT_EQ(next(client_), answer);
  }

  ReservedPort port_;
  Socket listener_ = port_.listen();
  /// What ends in a comma goes on.
  FaultProxy proxy_{port_.number(), [](const std::string& /*request*/, const std::string& answer) {
                      return answer.back() != ',';
                    }};
  Socket client_;
  Socket server_;
};

TEST_F(FaultProxyTest, PassesOnWhatIsNotMeant) {
  proxy_.hold({.text = "COMMIT"}, {Part::kRequest, 0});
  exchange("SELECT 1", "1");
  exchange("SELECT 2", "2");
  EXPECT_FALSE(proxy_.holds());
}

TEST_F(FaultProxyTest, RequestIsCutBeforeItsFirstByte) {
  proxy_.hold({.text = "COMMIT"}, {Part::kRequest, 0});
  client_.send("COMMIT");
  proxy_.await_held();
  EXPECT_EQ(server_.receive(), std::nullopt);
  proxy_.cut();
  EXPECT_EQ(next(server_), "");
  EXPECT_EQ(next(client_), "");
}

TEST_F(FaultProxyTest, RequestIsCutWhereItIsTold) {
  const std::vector<std::pair<int, std::string>> cuts = {
      {1, "C"}, {-1, "COMMI"}, {Position::kHalf, "COM"}, {Position::kAll, "COMMIT"}};
  for (const auto& [bytes, arrives] : cuts) {
    proxy_.hold({.text = "COMMIT"}, {Part::kRequest, bytes});
    client_.send("COMMIT");
    EXPECT_EQ(next(server_), arrives);
    proxy_.await_held();
    proxy_.cut();
    EXPECT_EQ(next(server_), "");
    connect();
  }
}

TEST_F(FaultProxyTest, AnswerIsCutWhereItIsTold) {
  const std::vector<std::pair<int, std::string>> cuts = {{0, ""}, {1, "d"}, {-1, "don"}};
  for (const auto& [bytes, arrives] : cuts) {
    proxy_.hold({.text = "COMMIT"}, {Part::kAnswer, bytes});
    client_.send("COMMIT");
    EXPECT_EQ(next(server_), "COMMIT");
    server_.send("done");
    proxy_.await_held();
    proxy_.cut();
    EXPECT_EQ(next(client_), arrives);
    connect();
  }
}

TEST_F(FaultProxyTest, AnswerInPiecesIsHeldWhenItIsWhole) {
  proxy_.hold({.text = "COMMIT"}, {Part::kAnswer, -1});
  client_.send("COMMIT");
  EXPECT_EQ(next(server_), "COMMIT");
  server_.send("understood,");
  server_.send("done");
  proxy_.await_held();
  EXPECT_EQ(next(client_), "understood,don");
  proxy_.pass_on();
  EXPECT_EQ(next(client_), "e");
  exchange("SELECT 1", "1");
}

TEST_F(FaultProxyTest, OtherAnswerTakesThePlaceOfTheRest) {
  for (const std::string pieces : {"understood,", ""}) {
    proxy_.answer_instead({.text = "COMMIT"}, {Part::kAnswer, -4}, "failed",
                          FaultProxy::Afterwards::kGoesOn);
    client_.send("COMMIT");
    EXPECT_EQ(next(server_), "COMMIT");
    server_.send(pieces);
    server_.send("done");
    EXPECT_EQ(next(client_), pieces + "failed");
    exchange("SELECT 1", "1");
  }
}

TEST_F(FaultProxyTest, WhatIsHeldCanBeDeliveredLate) {
  proxy_.hold({.text = "COMMIT"}, {Part::kRequest, 1});
  client_.send("COMMIT");
  proxy_.await_held();
  EXPECT_EQ(next(server_), "C");
  proxy_.pass_on();
  EXPECT_EQ(next(server_), "OMMIT");
  server_.send("done");
  EXPECT_EQ(next(client_), "done");
  exchange("SELECT 1", "1");
}

TEST_F(FaultProxyTest, ServerNeedNotHearOfTheCut) {
  proxy_.hold({.text = "COMMIT"}, {Part::kRequest, 0});
  client_.send("COMMIT");
  proxy_.await_held();
  proxy_.cut_off_client();
  EXPECT_EQ(next(client_), "");
  EXPECT_EQ(server_.receive(), std::nullopt);
  proxy_.pass_on();
  EXPECT_EQ(next(server_), "COMMIT");
  server_.send("done");
  proxy_.await_reaction();
  EXPECT_EQ(next(server_), "");
}

TEST_F(FaultProxyTest, ExchangesOfANewConnectionAreCounted) {
  exchange("hello", "welcome");
  proxy_.hold({.number = 1}, {Part::kAnswer, 0});
  exchange("SELECT 1", "1");
  connect();
  exchange("hello", "welcome");
  client_.send("SELECT 2");
  EXPECT_EQ(next(server_), "SELECT 2");
  server_.send("2");
  proxy_.await_held();
  EXPECT_EQ(client_.receive(), std::nullopt);
}

TEST_F(FaultProxyTest, GreetingOfAServerThatSpeaksFirstIsExchangeZero) {
  proxy_.hold({.number = 0}, {Part::kAnswer, Position::kHalf});
  connect();
  server_.send("welcome!");
  proxy_.await_held();
  EXPECT_EQ(next(client_), "welc");
}

TEST_F(FaultProxyTest, ServerThatIsAwayRefusesUntilItIsBack) {
  exchange("hello", "welcome");
  for (int round = 0; round < 2; ++round) {
    proxy_.go_away();
    EXPECT_EQ(next(client_), "");
    EXPECT_EQ(next(server_), "");
    EXPECT_THROW(Socket::connected_to(proxy_.port()), std::system_error);
    proxy_.come_back();
    connect();
    exchange("hello", "welcome");
  }
}

}  // namespace
}  // namespace xaodbc::support
