#include "base/secret.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace xaodbc {
namespace {

constexpr std::size_t kPage = 4096;

/// One by one: memcpy leaves the last bytes in vector registers, which the next lazily bound call
/// saves on the stack, and a new thread on its own.
void copy_bytes(volatile char* to, std::string_view from) {
  for (const char byte : from) *to++ = byte;
}

}  // namespace

Secret::~Secret() {
  if (bytes_ == nullptr) return;
  explicit_bzero(bytes_, size_);
  ::munmap(bytes_, room_);
}

Secret& Secret::operator+=(std::string_view bytes) {
  const std::size_t before = size_;
  resize(before + bytes.size());
  copy_bytes(bytes_ + before, bytes);
  return *this;
}

void Secret::resize(std::size_t size) {
  if (size >= room_ && size > 0) make_room(size);
  if (size < size_) explicit_bzero(bytes_ + size, size_ - size);
  size_ = size;
}

void Secret::make_room(std::size_t size) {
  Secret larger;
  const std::size_t room = (std::max(size, 2 * room_) / kPage + 1) * kPage;
  void* const pages =
      ::mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  static_cast<void>(::madvise(pages, room, MADV_DONTDUMP));
  larger.bytes_ = static_cast<char*>(pages);
  larger.room_ = room;
  larger.size_ = size_;
  copy_bytes(larger.bytes_, reveal());
  swap(larger);
}

}  // namespace xaodbc
