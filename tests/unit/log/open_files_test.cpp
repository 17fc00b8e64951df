#include "log/open_files.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace xaodbc::log {
namespace {

/// Counts how often it was closed.
class CountedFile final : public File {
 public:
  explicit CountedFile(std::atomic<int>& open) : open_(open) { ++open_; }
  CountedFile(const CountedFile&) = delete;
  CountedFile& operator=(const CountedFile&) = delete;
  ~CountedFile() override { abandon(); }
  Status write_at(std::uint64_t, std::string_view) override { return {}; }
  Result<std::string> read_at(std::uint64_t, std::size_t) override { return std::string(); }
  Status sync() override { return {}; }
  Result<std::uint64_t> size() override { return std::uint64_t{0}; }
  Result<bool> try_lock() override { return true; }
  Result<std::uint64_t> link_count() override { return std::uint64_t{1}; }
  void abandon() noexcept override {
    if (!closed_) --open_;
    closed_ = true;
  }

 private:
  std::atomic<int>& open_;
  bool closed_ = false;
};

TEST(OpenFiles, AbandoningClosesAllHoweverMany) {
  std::atomic<int> open{0};
  OpenFiles files;
  std::vector<std::shared_ptr<File>> held;
  for (int i = 0; i < 100; ++i) held.push_back(files.track(std::make_unique<CountedFile>(open)));
  EXPECT_EQ(open, 100);
  held.erase(held.begin(), held.begin() + 10);
  EXPECT_EQ(open, 90);
  files.abandon_all();
  EXPECT_EQ(open, 0);
}

TEST(OpenFiles, ThreadsTrackAndDropAtTheSameTime) {
  std::atomic<int> open{0};
  OpenFiles files;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        std::vector<std::shared_ptr<File>> held;
        for (int n = 0; n < 20; ++n) {
          held.push_back(files.track(std::make_unique<CountedFile>(open)));
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(open, 0);
}

}  // namespace
}  // namespace xaodbc::log
