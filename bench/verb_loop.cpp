#include "bench/verb_loop.h"

#include <utility>

namespace xaodbc::bench {
namespace {

constexpr int kRmid = 1000;

}  // namespace

std::string add_scripted_resource(support::ScratchConfig& config, const std::string& name,
                                  const support::Keys& keys) {
  config.add_resource(name, {{"connection", "Driver=" XAODBC_SCRIPTED_DRIVER},
                             {"dialect", "postgresql"},
                             {"connections_max", "10000"}});
  config.add_resource(name, keys);
  return name;
}

VerbLoop::VerbLoop(std::string resource) : resource_(std::move(resource)), rmid_(kRmid) {
  expect(xaodbc_switch.xa_open_entry(resource_.data(), rmid_, TMNOFLAGS));
}

VerbLoop::~VerbLoop() {
  std::string nothing;
  xaodbc_switch.xa_close_entry(nothing.data(), rmid_, TMNOFLAGS);
}

/// As long as names of transaction managers are: LIXA's are 16 bytes and 16.
void VerbLoop::name_next() {
  std::string gtrid = std::to_string(++number_);
  gtrid.insert(0, 16 - gtrid.size(), 'g');
  const std::string bqual(16, 'b');
  xid_ = {};
  xid_.formatID = 7;
  xid_.gtrid_length = 16;
  xid_.bqual_length = 16;
  gtrid.copy(xid_.data, 16);
  bqual.copy(xid_.data + 16, 16);
}

}  // namespace xaodbc::bench
