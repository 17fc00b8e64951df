#include "tests/torture/board.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>
#include <stdexcept>

namespace xaodbc::torture {

Board::Board(std::uint32_t size) : size_(size) {
  const std::size_t head = (sizeof(Shared) + 63) / 64 * 64;
  void* memory = mmap(nullptr, head + size * sizeof(Slot), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("mmap");
  shared_ = new (memory) Shared();
  slots_ = new (static_cast<char*>(memory) + head) Slot[size];
}

std::uint32_t Board::begun() { return std::min(shared_->counters.begun.load(), size_); }

std::optional<std::uint32_t> Board::take() {
  if (shared_->counters.begun >= shared_->allowed) return std::nullopt;
  const std::uint32_t number = shared_->counters.begun++;
  return number < size_ ? std::optional(number) : std::nullopt;
}

std::uint32_t Board::first_open() {
  std::uint32_t first = shared_->first_open;
  while (first < begun() && is_finished(at(first).stage)) ++first;
  shared_->first_open = first;
  return first;
}

void Board::violated(const std::string& what) {
  const std::uint32_t index = shared_->counters.violations++;
  if (index >= kViolations) return;
  auto& text = shared_->violations[index];
  what.copy(text.data(), text.size() - 1);
}

std::string Board::violation(std::size_t index) const { return shared_->violations[index].data(); }

}  // namespace xaodbc::torture
