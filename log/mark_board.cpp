#include "log/mark_board.h"

#include <string>
#include <string_view>

#include "log/bytes.h"

namespace xaodbc::log {
namespace {

constexpr std::size_t kSize = 8;

}  // namespace

MarkBoard::MarkBoard(std::filesystem::path directory, FileSystem& files)
    : path_(std::move(directory) / kMarkBoardName), files_(files) {}

void MarkBoard::prepare() {
  // Fails where another process was first, which is as good.
  static_cast<void>(files_.create(path_, kSize).has_value());
}

/// Opened anew each time: an administrator may have removed the file, and others have made another.
std::uint64_t MarkBoard::read() {
  const auto file = files_.open(path_, false);
  if (file) {
    const auto bytes = (*file)->read_at(0, kSize);
    const auto number = bytes ? ByteReader(*bytes).number<std::uint64_t>() : std::nullopt;
    if (number) return *number;
  }
  return ~unreadable_.fetch_add(1);
}

Status MarkBoard::post(std::uint64_t number) {
  prepare();
  const auto file = files_.open(path_, true);
  if (!file) return file.error();
  std::string bytes;
  put(bytes, number);
  return (*file)->write_at(0, bytes);
}

}  // namespace xaodbc::log
