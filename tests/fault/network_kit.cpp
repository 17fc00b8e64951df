#include "tests/fault/network_kit.h"

#include <chrono>
#include <fstream>
#include <future>
#include <ostream>
#include <thread>

namespace xaodbc {
namespace {

using Clock = std::chrono::steady_clock;

/// What is promised beyond verb_timeout.
constexpr std::chrono::milliseconds kGrace{1000};
constexpr std::chrono::milliseconds kDelay{20};

/// Long where the server must be able to restart within a verb.
int verb_timeout_for(const NetworkCase& one) {
  return one.fault.failure == Failure::kStall ? 1 : 25;
}

}  // namespace

std::string name_of(const testing::TestParamInfo<NetworkCase>& info) {
  const auto& [kind, fault, aftermath] = info.param;
  return fault.name + "_" + aftermath.name + "_" + support::name_of(kind);
}

void PrintTo(const NetworkCase& one, std::ostream* out) {
  *out << name_of(testing::TestParamInfo<NetworkCase>(one, 0));
}

std::vector<NetworkCase> combine(const std::vector<Fault>& faults,
                                 const std::vector<Aftermath>& aftermaths,
                                 const std::function<bool(const NetworkCase&)>& makes_sense) {
  std::vector<NetworkCase> cases;
  for (const auto kind : {ServerKind::kPostgresql, ServerKind::kMariadb}) {
    for (const auto& fault : faults) {
      for (const auto& aftermath : aftermaths) {
        const NetworkCase one{kind, fault, aftermath};
        const bool wanted = is_plain(aftermath) || fault.stands_for_others();
        if (wanted && makes_sense(one)) cases.push_back(one);
      }
    }
  }
  return cases;
}

std::string code_of(const XaAnswer& answer) {
  return support::is_rolled_back(answer.code) ? "XA_RB*" : support::xa_name(answer.code);
}

NetworkTest::NetworkTest()
    : TmFixture(GetParam().kind), proxy_(server_), verb_timeout_(verb_timeout_for(GetParam())) {
  config_.add_resource("accounts", {{"connection", server_.connection_through(proxy_.port())}});
  config_.set("verb_timeout", std::to_string(verb_timeout_));
}

void NetworkTest::SetUp() { ASSERT_EQ(tm_.open(), XA_OK); }

void NetworkTest::TearDown() {
  come_back();
  let_go();
  TmFixture::TearDown();
}

std::string NetworkTest::on(const char* postgresql, const char* mariadb) const {
  return on_mariadb() ? mariadb : postgresql;
}

XaAnswer NetworkTest::fail_in(const support::Exchange& exchange,
                              const std::function<XaAnswer()>& verb) {
  first_text_ = exchange.text;
  proxy_.hold(exchange, fault().position);
  auto events = std::async(std::launch::async, [this] { meanwhile(); });
  const XaAnswer answer = in_time(verb);
  events.get();
  return answer;
}

void NetworkTest::meanwhile() {
  proxy_.await_held();
  count_fault();
  if (aftermath().away) {
    away_ = true;
    proxy_.go_away();
  }
  if (aftermath().restarts) server_.restart();
  if (aftermath().act == Act::kCommits) commit_behind_our_back(server_);
  if (aftermath().act == Act::kRollsBack) roll_back_behind_our_back(server_);
  if (is_operator(aftermath().act)) act_by_operator(is_commit(aftermath().act));
  if (aftermath().second) return cut_in_question();
  switch (fault().failure) {
    case Failure::kCut:
      return proxy_.cut();
    case Failure::kUnheard:
      return proxy_.cut_off_client();
    case Failure::kStall:
      return;
    case Failure::kDelay:
      std::this_thread::sleep_for(kDelay);
      return proxy_.pass_on();
  }
}

void NetworkTest::cut_in_question() {
  proxy_.hold({.text = text_of_question()}, aftermath().second->position);
  proxy_.cut();
  proxy_.await_held();
  proxy_.cut();
}

std::string NetworkTest::text_of_question() const {
  switch (aftermath().question) {
    case Question::kList:
      return on("pg_prepared_xacts", "XA RECOVER");
    case Question::kSession:
      return on("pg_stat_activity WHERE pid =", "COUNT(*) FROM information_schema.PROCESSLIST");
    case Question::kProof:
      return "pg_xact_status";
    case Question::kDecision:
      return first_text_;
  }
  return "";
}

/// Of an operator whose own way to the server works. Whether the tool finds anything to do is a
/// part of what is tested, in the answers that the transaction manager gets.
void NetworkTest::act_by_operator(bool commit) {
  const auto ini = config_.directory() / "operator.ini";
  std::ofstream(ini) << "[xaodbc]\nlog = " << config_.log_directory().string()
                     << "\n[accounts]\nconnection = " << server_.connection()
                     << "\nuser = " << server_.user()
                     << "\npassword_file = " << server_.password_file().string() << "\n";
  const auto told =
      support::run_program({XAODBC_TOOL_PATH, "--ini", ini, commit ? "commit" : "rollback",
                            "accounts", support::text_of(xid_), "--reason", "test", "--yes"});
}

XaAnswer NetworkTest::in_time(const std::function<XaAnswer()>& verb) const {
  const auto begin = Clock::now();
  XaAnswer answer = verb();
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(verb_timeout_) + kGrace)
      << testing::PrintToString(answer);
  return answer;
}

void NetworkTest::come_back() {
  if (!away_) return;
  away_ = false;
  proxy_.come_back();
}

void NetworkTest::let_go() {
  if (!proxy_.holds()) return;
  proxy_.pass_on();
  proxy_.await_reaction();
}

void NetworkTest::expect_row(bool there) {
  let_go();
  EXPECT_EQ(has_row(row_), there);
}

std::unique_ptr<RemoteTm> NetworkTest::another_process() {
  auto process = std::make_unique<RemoteTm>("accounts");
  EXPECT_EQ(process->open(), XA_OK);
  return process;
}

void NetworkTest::expect_heuristic(const std::string& code,
                                   const std::function<XaAnswer(RemoteTm&)>& there,
                                   const std::function<XaAnswer()>& here) {
  EXPECT_EQ(code_of(here()), code);
  EXPECT_EQ(tm_.recover(), xids({xid_}));
  EXPECT_EQ(code_of(there(*another_process())), code);
  EXPECT_EQ(tm_.forget(xid_), XA_OK);
  EXPECT_EQ(tm_.forget(xid_), XAER_NOTA);
}

void NetworkTest::expect_new_work() {
  const XID other = new_xid();
  const std::string row = new_row();
  ASSERT_NO_FATAL_FAILURE(prepare(tm_, other, row));
  EXPECT_EQ(tm_.commit(other), XA_OK);
  EXPECT_TRUE(has_row(row));
}

}  // namespace xaodbc
