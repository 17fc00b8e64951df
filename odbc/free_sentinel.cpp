#include "odbc/free_sentinel.h"

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

bool FreeSentinel::seek(const std::string& sentinel) {
  return functions() != nullptr && functions()->seek(sentinel.c_str());
}

FreeSentinel FreeSentinel::found() {
  FreeSentinel sentinel;
  if (functions() != nullptr) sentinel.wire_ = functions()->found();
  return sentinel;
}

FreeSentinel& FreeSentinel::operator=(FreeSentinel&& other) noexcept {
  std::swap(wire_, other.wire_);
  return *this;
}

FreeSentinel::~FreeSentinel() {
  if (wire_ != nullptr) functions()->release(wire_);
}

bool FreeSentinel::prepare(std::uint64_t number) { return functions()->prepare(wire_, number); }

bool FreeSentinel::committed() const { return wire_ != nullptr && functions()->committed(wire_); }

bool FreeSentinel::unsent() const { return wire_ != nullptr && functions()->unsent(wire_); }

}  // namespace xaodbc::odbc
