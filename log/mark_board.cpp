#include "log/mark_board.h"

#include <utility>

namespace xaodbc::log {

MarkBoard::MarkBoard(const std::filesystem::path& directory, FileSystem& files,
                     OpenFiles& open_files)
    : path_(directory / kMarkBoardName), files_(files), open_files_(open_files) {}

/// A second name, which somebody's backup may have given it, would keep us from hearing the bell.
std::uint64_t MarkBoard::read() {
  const Bell bell = known();
  const bool silent = bell.file != nullptr && bell.file->link_count().value_or(0) == 1;
  return silent ? bell.number : renew();
}

/// Where it is gone already, whoever makes it anew looks into the log afterwards. One that was made
/// meanwhile is rung, too.
Status MarkBoard::ring() {
  constexpr int kAttempts = 100;
  Status removed;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    removed = files_.remove(path_);
    if (removed.is_ok()) break;
    const auto left = files_.open(path_, false);
    if (!left) {
      return left.error().is(StatusCode::kInvalidArgument) ? removed : Status::ok();
    }
  }
  return removed;
}

MarkBoard::Bell MarkBoard::known() {
  const std::lock_guard lock(mutex_);
  return bell_;
}

std::uint64_t MarkBoard::renew() {
  auto file = open_or_make();
  const std::lock_guard lock(mutex_);
  bell_.file = std::move(file);
  return ++bell_.number;
}

/// Somebody else may be faster in making it, and ring it again at once.
std::shared_ptr<File> MarkBoard::open_or_make() {
  constexpr int kAttempts = 3;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (auto opened = files_.open(path_, false)) return open_files_.track(std::move(*opened));
    if (auto made = files_.create(path_, 0)) return open_files_.track(std::move(*made));
  }
  return nullptr;
}

}  // namespace xaodbc::log
