#include "log/mark_board.h"

#include <string>
#include <string_view>

#include "log/bytes.h"

namespace xaodbc::log {
namespace {

constexpr std::size_t kSize = 8;

}  // namespace

MarkBoard::MarkBoard(std::filesystem::path directory, FileSystem& files, OpenFiles& open_files)
    : path_(std::move(directory) / kMarkBoardName), files_(files), open_files_(open_files) {}

void MarkBoard::prepare() {
  // Fails where another process was first, which is as good.
  static_cast<void>(files_.create(path_, kSize).has_value());
}

std::shared_ptr<File> MarkBoard::known() {
  const std::lock_guard lock(mutex_);
  return file_;
}

std::shared_ptr<File> MarkBoard::reopen() {
  auto opened = files_.open(path_, false);
  if (!opened) return nullptr;
  auto file = open_files_.track(std::move(*opened));
  const std::lock_guard lock(mutex_);
  return file_ = file;
}

/// An administrator may have removed the file, and others have made another. Asked in this order: a
/// file that still has a name had it when it was read.
std::uint64_t MarkBoard::read() {
  auto file = known();
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (file != nullptr) {
      const auto bytes = file->read_at(0, kSize);
      const auto number = bytes ? ByteReader(*bytes).number<std::uint64_t>() : std::nullopt;
      if (number && file->link_count().value_or(0) > 0) return *number;
    }
    if (attempt == 0) file = reopen();
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
