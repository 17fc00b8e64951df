#include <pthread.h>

#include <future>

#include "tests/integration/tm_kit.h"

namespace xaodbc {
namespace {

/// A thread that is being cancelled when it calls xa_start, which has to wait for a connection.
class Caller {
 public:
  Caller(Tm& tm, const XID& xid) : tm_(tm), xid_(xid) {
    pthread_create(&thread_, nullptr, run, this);
    opened_.get_future().get();
    pthread_cancel(thread_);
    cancelled_.set_value();
  }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  [[nodiscard]] bool ends_cancelled() const {
    void* ending = nullptr;
    pthread_join(thread_, &ending);
    return ending == PTHREAD_CANCELED;
  }
  [[nodiscard]] int answer() const { return answer_; }

 private:
  static void* run(void* self) {
    static_cast<Caller*>(self)->work();
    return nullptr;
  }
  void work() {
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, nullptr);
    tm_.open();
    opened_.set_value();
    cancelled_.get_future().get();
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, nullptr);
    answer_ = tm_.start(xid_).code;
    pthread_testcancel();
  }

  Tm& tm_;
  const XID xid_;
  std::promise<void> opened_;
  std::promise<void> cancelled_;
  int answer_ = XAER_PROTO;
  pthread_t thread_{};
};

/// I9: cancelling a thread ends the thread, not the process.
class CancelledThreadTest : public TmTest {};
INSTANTIATE_TEST_SUITE_P(All, CancelledThreadTest,
                         testing::Values(ServerKind::kPostgresql, ServerKind::kMariadb),
                         [](const auto& instance) { return support::name_of(instance.param); });

TEST_P(CancelledThreadTest, FinishesItsVerbAndLeavesItsBranchToBeRolledBack) {
  config_.add_resource("small", server(), {{"connections_max", "1"}});
  EXPECT_EQ(run_in_child([&] {
              Tm small("small", new_rmid());
              const XID waiting = new_xid();
              ASSERT_EQ(small.open(), XA_OK);
              begin_and_end(small, xid_, row_);
              const Caller caller(small, waiting);
              EXPECT_EQ(small.commit_one_phase(xid_), XA_OK);
              EXPECT_TRUE(caller.ends_cancelled());
              EXPECT_EQ(caller.answer(), XA_OK);
              EXPECT_EQ(small.rollback(waiting), XA_OK);
              EXPECT_EQ(small.close(), XA_OK);
            }),
            exited(0));
  EXPECT_TRUE(has_row(row_));
}

}  // namespace
}  // namespace xaodbc
