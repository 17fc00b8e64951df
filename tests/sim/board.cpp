#include "tests/sim/board.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <new>
#include <stdexcept>

namespace xaodbc::sim {

static_assert(std::atomic<Stage>::is_always_lock_free && std::atomic<int>::is_always_lock_free,
              "processes share them");

std::size_t Board::bytes_for(std::uint32_t size) {
  return sizeof(Header) + (static_cast<std::size_t>(size) * sizeof(Transaction));
}

Board::Board(int file, std::size_t bytes) : bytes_(bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (memory == MAP_FAILED) throw std::runtime_error("cannot map the board");
  header_ = static_cast<Header*>(memory);
  transactions_ = reinterpret_cast<Transaction*>(header_ + 1);
}

Board::Board(Board&& other) noexcept
    : header_(other.header_), transactions_(other.transactions_), bytes_(other.bytes_) {
  other.header_ = nullptr;
}

Board::~Board() {
  if (header_ != nullptr) munmap(header_, bytes_);
}

Board Board::create(const std::filesystem::path& path, std::uint64_t seed, std::uint32_t size) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const std::size_t bytes = bytes_for(size);
  if (file < 0 || ftruncate(file, static_cast<off_t>(bytes)) != 0) {
    throw std::runtime_error("cannot create " + path.string());
  }
  Board board(file, bytes);
  new (board.header_) Header;
  board.header_->seed = seed;
  board.header_->size = size;
  for (std::uint32_t i = 0; i < size; ++i) new (&board.transactions_[i]) Transaction;
  return board;
}

Board Board::open(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  struct stat facts {};
  if (file < 0 || fstat(file, &facts) != 0) {
    throw std::runtime_error("cannot open " + path.string());
  }
  return {file, static_cast<std::size_t>(facts.st_size)};
}

void Board::mark_dead(int incarnation) const {
  header_->dead.at(static_cast<std::size_t>(incarnation)) = true;
}

bool Board::is_dead(int incarnation) const {
  return header_->dead.at(static_cast<std::size_t>(incarnation));
}

void Board::violated(const std::string& what) const {
  const auto index = header_->counters.violations.fetch_add(1);
  if (index >= kViolations) return;
  auto& text = header_->violations.at(index);
  std::copy_n(what.data(), std::min(what.size(), text.size() - 1), text.data());
}

std::string_view Board::violation(std::size_t index) const {
  return header_->violations.at(index).data();
}

}  // namespace xaodbc::sim
