#include "tests/support/remote_tm.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>

namespace xaodbc::support {
namespace {

struct Told {
  int code = 0;
  std::array<char, 1024> why{};
};

template <class T>
bool read_whole(int file, T& value) {
  return read(file, &value, sizeof value) == static_cast<ssize_t>(sizeof value);
}

template <class T>
void write_whole(int file, const T& value) {
  if (write(file, &value, sizeof value) != static_cast<ssize_t>(sizeof value)) {
    throw std::runtime_error("the other process is gone");
  }
}

}  // namespace

RemoteTm::RemoteTm(const std::string& open_string) {
  if (pipe(orders_) != 0 || pipe(answers_) != 0) throw std::runtime_error("no pipe");
  child_ = std::make_unique<Child>([&] { serve(open_string); });
  close(orders_[0]);
  close(answers_[1]);
}

RemoteTm::~RemoteTm() {
  close(orders_[1]);
  close(answers_[0]);
}

void RemoteTm::serve(const std::string& open_string) const {
  close(orders_[1]);
  close(answers_[0]);
  Tm tm(open_string);
  Order order;
  while (read_whole(orders_[0], order)) {
    const XaAnswer answer = carry_out(tm, order);
    Told told{answer.code, {}};
    std::copy_n(answer.why.data(), std::min(answer.why.size(), told.why.size() - 1),
                told.why.data());
    write_whole(answers_[1], told);
  }
}

XaAnswer RemoteTm::carry_out(Tm& tm, const Order& order) {
  switch (order.verb) {
    case Verb::kOpen:
      return tm.open();
    case Verb::kStart:
      return tm.start(order.xid, order.flags);
    case Verb::kEnd:
      return tm.end(order.xid, order.flags);
    case Verb::kPrepare:
      return tm.prepare(order.xid);
    case Verb::kCommit:
      return tm.commit(order.xid, order.flags);
    case Verb::kRollback:
      return tm.rollback(order.xid);
    case Verb::kForget:
      return tm.forget(order.xid);
  }
  throw std::logic_error("no such verb");
}

void RemoteTm::send(const Order& order) const { write_whole(orders_[1], order); }

XaAnswer RemoteTm::answer() const {
  Told told;
  if (!read_whole(answers_[0], told)) throw std::runtime_error("the other process is gone");
  return {told.code, told.why.data()};
}

}  // namespace xaodbc::support
