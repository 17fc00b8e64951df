#include "conformance/session.h"

#include <random>

#include "conformance/answers.h"
#include "conformance/legal.h"

namespace xaodbc::conformance {
namespace {

constexpr long kFormat = 0x78616366;  // "xacf"

unsigned random_bits() {
  std::random_device device;
  return device();
}

XID make_xid(const std::string& gtrid, const std::string& bqual) {
  XID xid{};
  xid.formatID = kFormat;
  xid.gtrid_length = static_cast<long>(gtrid.size());
  xid.bqual_length = static_cast<long>(bqual.size());
  gtrid.copy(xid.data, gtrid.size());
  bqual.copy(xid.data + gtrid.size(), bqual.size());
  return xid;
}

}  // namespace

// Statements see numbers that fit 31 bits, most likely not those of an earlier run.
Session::Session(const Options& options, const SwitchLibrary& library)
    : options_(options),
      library_(library),
      tag_(std::to_string(random_bits())),
      next_number_(1'000'000L + random_bits() % 2'000'000'000L) {}

int Session::call(const Call& call) {
  const int code = make_call(*library_.entries, call);
  note(call.verb, call.flags, code, text_of(call));
  return code;
}

Page Session::recover(int rmid, long count, long flags, bool give_array) {
  Page page = fetch_page(*library_.entries, rmid, count, flags, give_array);
  note(Verb::kRecover, flags, page.code,
       "xa_recover(count " + std::to_string(count) + ", " + flags_text(flags) + ")");
  return page;
}

XID Session::new_xid() {
  const long number = next_xid_++;
  return make_xid(tag_ + "." + std::to_string(number), "b" + std::to_string(number % 7));
}

void Session::enter(const std::string& cell) {
  const std::lock_guard lock(mutex_);
  cell_ = cell;
}

void Session::note(Verb verb, long flags, int code, const std::string& called) {
  const std::lock_guard lock(mutex_);
  ++calls_[verb];
  if (is_legal_answer(verb, flags, code)) return;
  illegal_[verb].push_back(cell_ + ": " + called + " = " + code_name(code));
}

std::vector<std::string> Session::illegal_answers(Verb verb) {
  const std::lock_guard lock(mutex_);
  return illegal_[verb];
}

bool Session::was_called(Verb verb) {
  const std::lock_guard lock(mutex_);
  return calls_[verb] > 0;
}

}  // namespace xaodbc::conformance
