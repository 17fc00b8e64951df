#include "filter/wire.h"

#include <array>
#include <cstddef>

namespace xaodbc::filter {
namespace {

/// Whoever finds his own connection in a slot reads its wire: nobody else sends on that connection
/// at the same time, and it is dismissed before it is freed.
struct Slot {
  std::atomic<const void*> connection{nullptr};
  std::atomic<Wire*> wire{nullptr};
};

constexpr std::size_t kBuckets = 1024;
constexpr std::size_t kSlotsPerBucket = 16;
using Bucket = std::array<Slot, kSlotsPerBucket>;

Bucket& bucket_of(const PgConnection* connection) {
  constinit static std::array<Bucket, kBuckets> buckets{};
  constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15;
  const auto address = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(connection));
  return buckets[((address >> 4) * kGolden) >> 54];
}

}  // namespace

Wire* find_wire(const PgConnection* connection) {
  for (Slot& slot : bucket_of(connection)) {
    if (slot.connection.load(std::memory_order_acquire) == connection) return slot.wire.load();
  }
  return nullptr;
}

bool enlist(Wire& wire, PgConnection* connection) {
  for (Slot& slot : bucket_of(connection)) {
    const void* nobody = nullptr;
    // Taken by its own address first: no connection is found there yet.
    if (!slot.connection.compare_exchange_strong(nobody, &slot)) continue;
    wire.connection = connection;
    slot.wire = &wire;
    slot.connection.store(connection, std::memory_order_release);
    return true;
  }
  return false;
}

void dismiss(Wire& wire) {
  PgConnection* const connection = wire.connection.exchange(nullptr);
  if (connection == nullptr) return;
  for (Slot& slot : bucket_of(connection)) {
    if (slot.connection.load() != connection || slot.wire.load() != &wire) continue;
    slot.wire = nullptr;
    slot.connection.store(nullptr, std::memory_order_release);
    return;
  }
}

}  // namespace xaodbc::filter
