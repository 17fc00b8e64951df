#include "odbc/wire.h"

#include <dlfcn.h>

#include <atomic>

#include "odbc/companion.h"

namespace xaodbc::odbc {
namespace {

const filter::Functions* load() {
  const std::string path = companion(filter::kFileName);
  if (path.empty()) return nullptr;
  void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return nullptr;
  auto* const entry = reinterpret_cast<filter::Entry*>(dlsym(library, filter::kEntryName));
  const auto* const functions = entry == nullptr ? nullptr : entry();
  return functions != nullptr && functions->version == filter::kVersion ? functions : nullptr;
}

const filter::Functions* functions() {
  // No lock, which another thread might hold at the moment of a fork: whoever looks at the same
  // time finds the same.
  static std::atomic<bool> looked{false};
  static std::atomic<const filter::Functions*> known{nullptr};
  if (!looked) {
    known = load();
    looked = true;
  }
  return known;
}

}  // namespace

bool Wire::seek(const std::string& sentinel) {
  return functions() != nullptr && functions()->seek(sentinel.c_str());
}

Wire Wire::found() {
  Wire wire;
  if (functions() != nullptr) wire.wire_ = functions()->found();
  return wire;
}

Wire& Wire::operator=(Wire&& other) noexcept {
  std::swap(wire_, other.wire_);
  return *this;
}

Wire::~Wire() {
  if (wire_ != nullptr) functions()->release(wire_);
}

bool Wire::prepare(std::uint64_t number) { return functions()->prepare(wire_, number); }

bool Wire::resume() { return functions()->resume(wire_); }

bool Wire::may_resume() const { return wire_ != nullptr && functions()->may_resume(wire_); }

bool Wire::committed() const { return wire_ != nullptr && functions()->committed(wire_); }

bool Wire::intact() const { return wire_ != nullptr && functions()->intact(wire_); }

bool Wire::wrote() const { return wire_ != nullptr && functions()->wrote(wire_); }

bool Wire::changed_settings() const {
  return wire_ == nullptr || functions()->changed_settings(wire_);
}

bool Wire::send(const std::string& text) {
  return wire_ != nullptr && functions()->send(wire_, text.c_str());
}

filter::Reply Wire::receive(Deadline deadline) {
  using std::chrono::duration_cast;
  using std::chrono::nanoseconds;
  const auto until = duration_cast<nanoseconds>(deadline.when().time_since_epoch());
  return functions()->receive(wire_, until.count());
}

bool Wire::unsent() const { return wire_ != nullptr && functions()->unsent(wire_); }

}  // namespace xaodbc::odbc
