#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/integration/tm_kit.h"

namespace xaodbc {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kThreads = 8;
constexpr auto kDuration = std::chrono::seconds(3);

/// What is known of every row that was ever written.
class Ledger {
 public:
  void decided(const std::string& row, bool committed) {
    const std::lock_guard lock(mutex_);
    (committed ? committed_ : rolled_back_).insert(row);
  }
  [[nodiscard]] const std::set<std::string>& committed() const { return committed_; }
  [[nodiscard]] const std::set<std::string>& rolled_back() const { return rolled_back_; }

 private:
  std::mutex mutex_;
  std::set<std::string> committed_;
  std::set<std::string> rolled_back_;
};

/// One resource under test and what was written there.
struct Bank {
  explicit Bank(ServerKind kind) : server(support::shared_server(kind)) {}
  PrivateServer& server;
  const std::string resource = support::name_of(server.kind());
  const int rmid = new_rmid();
  Ledger ledger;
};
using Banks = std::vector<std::unique_ptr<Bank>>;

/// One branch of a global transaction, from start to its end.
class Work {
 public:
  Work(Bank& bank, XID xid, std::mt19937& random)
      : bank_(bank), tm_(bank.resource, bank.rmid), xid_(xid), random_(random) {}

  /// Statements, suspensions and scans in any order, then xa_end.
  void run() {
    ASSERT_EQ(tm_.start(xid_), XA_OK);
    for (int steps = 1 + pick(4); steps > 0; --steps) step();
    failed_ = pick(8) == 0;
    if (failed_) {
      EXPECT_THAT(tm_.end(xid_, TMFAIL), IsRolledBack());
    } else {
      EXPECT_EQ(tm_.end(xid_), XA_OK);
    }
  }

  [[nodiscard]] bool prepares() {
    if (failed_) return false;
    const auto vote = tm_.prepare(xid_);
    EXPECT_EQ(vote, rows_.empty() && votes_read_only() ? XA_RDONLY : XA_OK);
    needs_decision_ = vote == XA_OK;
    return true;
  }
  void commit() {
    if (needs_decision_) {
      EXPECT_EQ(tm_.commit(xid_), XA_OK);
    }
    note(true);
  }
  void commit_one_phase() {
    if (failed_) {
      EXPECT_THAT(tm_.commit_one_phase(xid_), IsRolledBack());
    } else {
      EXPECT_EQ(tm_.commit_one_phase(xid_), XA_OK);
    }
    note(!failed_);
  }
  void rollback() {
    EXPECT_THAT(tm_.rollback(xid_).code, AnyOf(XA_OK, XAER_NOTA));
    note(false);
  }
  void maybe_reopen() {
    if (pick(10) != 0) return;
    EXPECT_EQ(tm_.close(), XA_OK);
    EXPECT_EQ(tm_.open(), XA_OK);
  }

 private:
  int pick(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }
  [[nodiscard]] bool votes_read_only() const {
    return bank_.server.kind() == ServerKind::kPostgresql;
  }

  void step() {
    switch (pick(8)) {
      case 0:
        EXPECT_EQ(tm_.end(xid_, TMSUSPEND | (pick(2) == 0 ? TMMIGRATE : 0)), XA_OK);
        EXPECT_EQ(tm_.connection(), nullptr);
        ASSERT_EQ(tm_.start(xid_, TMRESUME), XA_OK);
        return;
      case 1:
        EXPECT_GE(tm_.recover_once(TMSTARTRSCAN | TMENDRSCAN).code, 0);
        return;
      case 2:
        EXPECT_EQ(tm_.start(xid_), XAER_PROTO);
        EXPECT_EQ(tm_.commit(xid_), XAER_PROTO);
        return;
      default:
        rows_.push_back(new_row());
        tm_.execute("INSERT INTO ledger VALUES (" + rows_.back() + ", 1)");
    }
  }

  void note(bool committed) {
    for (const auto& row : rows_) bank_.ledger.decided(row, committed);
  }

  Bank& bank_;
  Tm tm_;
  XID xid_;
  std::mt19937& random_;
  std::vector<std::string> rows_;
  bool failed_ = false;
  bool needs_decision_ = false;
};

/// A whole global transaction over both banks, or over one in one phase.
void run_transaction(const Banks& banks, std::mt19937& random) {
  const XID global = new_xid();
  const auto chance = [&](int one_in) {
    return std::uniform_int_distribution<int>(1, one_in)(random) == 1;
  };
  std::vector<Work> branches;
  const bool one_phase = chance(4);
  for (std::size_t i = 0; i < banks.size(); ++i) {
    XID xid = global;
    xid.data[xid.gtrid_length] = static_cast<char>('a' + i);
    branches.emplace_back(*banks[i], xid, random);
    branches.back().maybe_reopen();
    if (one_phase) break;
  }
  for (auto& branch : branches) branch.run();
  if (one_phase) return branches.front().commit_one_phase();
  bool all_vote = true;
  for (auto& branch : branches) all_vote = all_vote && branch.prepares();
  const bool commits = all_vote && !chance(5);
  for (auto& branch : branches) commits ? branch.commit() : branch.rollback();
}

void run_thread(const Banks& banks, unsigned seed) {
  std::mt19937 random(seed);
  for (const auto& bank : banks) ASSERT_EQ(Tm(bank->resource, bank->rmid).open(), XA_OK);
  const auto end = Clock::now() + kDuration;
  while (Clock::now() < end && !testing::Test::HasFailure()) run_transaction(banks, random);
  for (const auto& bank : banks) EXPECT_EQ(Tm(bank->resource, bank->rmid).close(), XA_OK);
}

class SequencesTest : public testing::Test {
 protected:
  SequencesTest() {
    support::start_shared_servers();
    for (const auto kind : {ServerKind::kPostgresql, ServerKind::kMariadb}) {
      auto& bank = *banks_.emplace_back(std::make_unique<Bank>(kind));
      odbc::make_ledger(bank.server);
      // Fewer than threads, so that they wait for each other too.
      config_.add_resource(bank.resource, bank.server, {{"connections_max", "6"}});
    }
  }

  static void expect_rows_as_decided(const Bank& bank) {
    std::set<std::string> present;
    for (const auto& row : bank.server.execute("SELECT id FROM ledger")) {
      present.insert(row.at(0).value_or("NULL"));
    }
    for (const auto& row : bank.ledger.committed()) EXPECT_TRUE(present.contains(row)) << row;
    for (const auto& row : bank.ledger.rolled_back()) EXPECT_FALSE(present.contains(row)) << row;
    EXPECT_FALSE(bank.ledger.committed().empty());
    EXPECT_FALSE(bank.ledger.rolled_back().empty());
  }

  support::ScratchConfig config_;
  Banks banks_;
};

TEST_F(SequencesTest, EightThreadsOnTwoDatabasesLeaveWhatWasDecidedAndNothingElse) {
  std::random_device seeds;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, seed = seeds()] { run_thread(banks_, seed); });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& bank : banks_) {
    SCOPED_TRACE(bank->resource);
    expect_rows_as_decided(*bank);
    EXPECT_THAT(prepared_on(bank->server), IsEmpty());
  }
  EXPECT_THAT(live_in_log(config_.log_directory()), IsEmpty());
}

}  // namespace
}  // namespace xaodbc
