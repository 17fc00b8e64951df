#include "tests/support/dumpable_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace xaodbc::support {
namespace {

struct Mapping {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  bool dumpable = false;
};

/// A mapping without a page in memory has nothing that we wrote.
std::vector<Mapping> dumpable_mappings() {
  std::vector<Mapping> all;
  std::ifstream smaps("/proc/self/smaps");
  bool readable = false;
  bool present = false;
  for (std::string line; std::getline(smaps, line);) {
    std::istringstream words(line);
    std::string first;
    std::string second;
    words >> first >> second;
    if (first == "Rss:" || first == "Swap:") {
      present = present || second != "0";
    } else if (first == "VmFlags:") {
      all.back().dumpable = readable && present && line.find(" dd") == std::string::npos;
    } else if (const auto dash = first.find('-'); dash != std::string::npos) {
      all.push_back(
          {std::stoull(first, nullptr, 16), std::stoull(first.substr(dash + 1), nullptr, 16)});
      readable = second.starts_with('r');
      present = false;
    }
  }
  std::erase_if(all, [](const Mapping& mapping) { return !mapping.dumpable; });
  return all;
}

/// Where the memory is copied to, so that nothing is found twice.
class Window {
 public:
  static constexpr std::size_t kSize = std::size_t{1} << 20;

  Window()
      : memory_(open("/proc/self/mem", O_RDONLY | O_CLOEXEC)),
        bytes_(static_cast<char*>(
            mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
    if (memory_ < 0 || bytes_ == MAP_FAILED || madvise(bytes_, kSize, MADV_DONTDUMP) != 0) {
      throw std::runtime_error("the memory of this process cannot be looked at");
    }
  }
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;
  ~Window() {
    munmap(bytes_, kSize);
    close(memory_);
  }

  /// What can be read of [begin, end), empty where the kernel gives nothing ([vvar]).
  std::string_view show(std::uint64_t begin, std::uint64_t end) {
    const std::size_t size = std::min<std::uint64_t>(kSize, end - begin);
    const ssize_t got = pread(memory_, bytes_, size, static_cast<off_t>(begin));
    return {bytes_, static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
  }

 private:
  int memory_;
  char* bytes_;
};

std::size_t count(std::string_view text, std::string_view bytes) {
  std::size_t found = 0;
  for (auto at = text.find(bytes); at != std::string_view::npos; at = text.find(bytes, at + 1)) {
    ++found;
  }
  return found;
}

}  // namespace

std::size_t copies_in_dumpable_memory(std::string_view bytes) {
  Window window;
  std::size_t found = 0;
  for (const Mapping& mapping : dumpable_mappings()) {
    // Windows overlap by one byte less than what is looked for.
    for (auto begin = mapping.begin; begin < mapping.end;) {
      const std::string_view shown = window.show(begin, mapping.end);
      found += count(shown, bytes);
      if (shown.size() < Window::kSize) break;
      begin += shown.size() - bytes.size() + 1;
    }
  }
  return found;
}

}  // namespace xaodbc::support
