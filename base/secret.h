#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

namespace xaodbc {

/// Bytes that nobody shall find in a core file or in memory that was freed (I10). They lie in pages
/// of their own, which core files leave out, and are wiped before the pages go; copies are kept the
/// same way. What a caller copies out of reveal() is the caller's to wipe.
///
/// Throws std::bad_alloc where the system gives no pages. On a kernel without MADV_DONTDUMP the
/// bytes are wiped all the same, and in the core files.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view bytes) { *this += bytes; }
  Secret(const Secret& other) : Secret(other.reveal()) {}
  Secret(Secret&& other) noexcept { swap(other); }
  Secret& operator=(Secret other) noexcept {
    swap(other);
    return *this;
  }
  ~Secret();

  /// `bytes` are not of this object.
  Secret& operator+=(std::string_view bytes);
  /// More bytes are NUL, fewer are wiped.
  void resize(std::size_t size);
  /// To be written to, and for C functions: there is a NUL behind the last byte. nullptr when
  /// nothing was ever kept.
  [[nodiscard]] char* data() { return bytes_; }

  [[nodiscard]] std::string_view reveal() const { return {bytes_, size_}; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  friend bool operator==(const Secret& secret, std::string_view text) {
    return secret.reveal() == text;
  }

 private:
  void swap(Secret& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(size_, other.size_);
    std::swap(room_, other.room_);
  }
  void make_room(std::size_t size);

  char* bytes_ = nullptr;
  std::size_t size_ = 0;
  std::size_t room_ = 0;  ///< more than size_; what is behind the bytes is NUL
};

}  // namespace xaodbc
