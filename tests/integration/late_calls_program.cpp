#include <pthread.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "tests/support/tm.h"

/// A transaction manager that calls when the C++ objects of the thread are gone already:
///     late_calls_program atexit|key ROW ROW
/// Leaves a branch with the first row at work, and afterwards, from an atexit handler or a
/// pthread_key destructor, rolls it back and commits one with the second row.
namespace xaodbc {
namespace {

using support::XaAnswer;

support::Tm tm;
std::string left_row;
std::string late_row;

void expect(const XaAnswer& answer, int code, const char* verb) {
  if (answer == code) return;
  std::printf("%s answered %s: %s\n", verb, support::xa_name(answer.code).c_str(),
              answer.why.c_str());
  std::fflush(nullptr);
  _exit(1);
}

void begin(const XID& xid, const std::string& row) {
  expect(tm.start(xid), XA_OK, "xa_start");
  tm.execute("INSERT INTO ledger VALUES (" + row + ", 1)");
}

void leave_at_work() {
  expect(tm.open(), XA_OK, "xa_open");
  begin(support::make_xid(left_row), left_row);
}

void finish_late() {
  const XID left = support::make_xid(left_row);
  const XID late = support::make_xid(late_row);
  expect(tm.end(left), XAER_PROTO, "xa_end of what ended with the thread");
  expect(tm.close(), XA_OK, "xa_close of what ended with the thread");
  expect(tm.open(), XA_OK, "late xa_open");
  expect(tm.rollback(left), XA_OK, "late xa_rollback");
  begin(late, late_row);
  expect(tm.end(late), XA_OK, "late xa_end");
  expect(tm.prepare(late), XA_OK, "late xa_prepare");
  expect(tm.commit(late), XA_OK, "late xa_commit");
  expect(tm.close(), XA_OK, "late xa_close");
}

/// When the drivers have ended, which the program had before it loaded them.
void close_last() {
  expect(tm.close(), XA_OK, "last xa_close");
  expect(tm.open(), XAER_RMERR, "last xa_open");
}

void leave_until_exit() {
  std::atexit(close_last);
  leave_at_work();
  std::atexit(finish_late);
}

void leave_until_thread_end() {
  static pthread_key_t key;
  pthread_key_create(&key, [](void*) { finish_late(); });
  std::thread([] {
    pthread_setspecific(key, &key);
    leave_at_work();
  }).join();
}

}  // namespace
}  // namespace xaodbc

int main(int argc, char** argv) {
  using namespace xaodbc;
  if (argc != 4) return 2;
  left_row = argv[2];
  late_row = argv[3];
  if (std::string(argv[1]) == "key") {
    leave_until_thread_end();
  } else {
    leave_until_exit();
  }
  return 0;
}
