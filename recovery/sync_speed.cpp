#include "recovery/sync_speed.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>

namespace xaodbc::recovery {
namespace {

constexpr std::size_t kRecordSize = 256;
constexpr std::size_t kRounds = 20;

Result<std::chrono::microseconds> measure(File& file) {
  using Clock = std::chrono::steady_clock;
  const std::string record(kRecordSize, 'x');
  std::array<Clock::duration, kRounds> times{};
  for (std::size_t i = 0; i < kRounds; ++i) {
    const auto start = Clock::now();
    if (Status status = file.write_at(i * kRecordSize, record); !status.is_ok()) {
      return failure(std::move(status));
    }
    if (Status status = file.sync(); !status.is_ok()) return failure(std::move(status));
    times[i] = Clock::now() - start;
  }
  std::nth_element(times.begin(), times.begin() + kRounds / 2, times.end());
  return std::chrono::duration_cast<std::chrono::microseconds>(times[kRounds / 2]);
}

}  // namespace

Result<std::chrono::microseconds> measure_sync(const std::filesystem::path& directory,
                                               FileSystem& files) {
  const auto path = directory / ("doctor-" + std::to_string(::getpid()) + ".probe");
  auto file = files.create(path, kRounds * kRecordSize);
  if (!file) return failure(file.error());
  auto median = measure(**file);
  if (Status status = files.remove(path); !status.is_ok()) return failure(std::move(status));
  return median;
}

}  // namespace xaodbc::recovery
