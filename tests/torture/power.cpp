// The half of the power model that makes of a file what a loss of power leaves.

#include "tests/torture/power.h"

#include <sys/wait.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <random>
#include <stdexcept>
#include <vector>

#include "tests/torture/power_log.h"
#include "tests/torture/process.h"

namespace xaodbc::torture {
namespace {

constexpr std::size_t kSector = 512;

using Kind = PowerEvent::Kind;

std::string read_all(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void write_all(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

/// One file, and what of it does not last.
class Platter {
 public:
  Platter(std::filesystem::path path, const std::function<int(int)>& number)
      : path_(std::move(path)), number_(number) {}

  void happened(const PowerEvent& event) {
    switch (event.kind) {
      case Kind::kCreate:
        pending_.clear();
        is_new_ = true;
        break;
      case Kind::kSync:
        // SQLite syncs the directory with the first sync of a new file.
        std::erase_if(pending_, [&](const auto& old) { return old.sequence < event.since; });
        is_new_ = false;
        removed_.clear();
        break;
      case Kind::kRemove:
        pending_.clear();
        removed_.clear();
        is_new_ = false;
        break;
      case Kind::kUnlink:
        pending_.clear();
        removed_ = event.bytes;
        is_new_ = false;
        break;
      default:
        pending_.push_back(event);
    }
  }

  void settle() {
    if (!std::filesystem::exists(path_)) {
      if (!removed_.empty() && number_(2) == 0) write_all(path_, removed_);
      return;
    }
    if (is_new_ && number_(2) == 0) {
      std::filesystem::remove(path_);
    } else if (!pending_.empty()) {
      write_all(path_, choose(read_all(path_)));
    }
  }

 private:
  /// Each sector as one of what it was since the last sync, and the size as one of two.
  std::string choose(std::string bytes) {
    std::map<std::size_t, std::vector<std::string>> versions;
    for (const PowerEvent& event : pending_) {
      for (std::size_t at = 0; at + kSector <= event.bytes.size(); at += kSector) {
        versions[event.offset + at].push_back(event.bytes.substr(at, kSector));
      }
    }
    const std::size_t now = bytes.size();
    const std::size_t before = pending_.front().old_size;
    const std::size_t size = number_(2) == 0 ? now : before;
    bytes.resize(std::max(now, before), '\0');
    for (const auto& [offset, old] : versions) {
      const auto chosen = static_cast<std::size_t>(number_(static_cast<int>(old.size()) + 1));
      // A file that has its old size again has what was cut off, too.
      const bool cut_off = offset >= now;
      if (chosen == old.size() && !cut_off) continue;  // as it is now
      if (bytes.size() < offset + kSector) bytes.resize(offset + kSector, '\0');
      bytes.replace(offset, kSector, old[std::min(chosen, old.size() - 1)]);
    }
    bytes.resize(size, '\0');
    return bytes;
  }

  std::filesystem::path path_;
  const std::function<int(int)>& number_;
  std::vector<PowerEvent> pending_;
  std::string removed_;
  bool is_new_ = false;
};

void settle(const std::filesystem::path& database, const std::filesystem::path& logs,
            std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const std::function<int(int)> number = [&random](int bound) {
    return std::uniform_int_distribution<int>(0, bound - 1)(random);
  };
  Platter file(database, number);
  Platter journal(database.string() + "-journal", number);
  for (const PowerEvent& event : PowerLog::read(logs)) {
    (event.is_journal ? journal : file).happened(event);
  }
  file.settle();
  journal.settle();
}

}  // namespace

/// In a process of its own: the log is hundreds of megabytes, and what is left of them in the
/// memory of this one would be copied with every process that it starts.
void Power::cut(const std::filesystem::path& database, const std::filesystem::path& logs,
                std::uint64_t seed) {
  const pid_t pid = fork_and_run([&] { settle(database, logs, seed); });
  int status = 0;
  if (waitpid(pid, &status, 0) != pid || status != 0) {
    throw std::runtime_error("the power could not be cut");
  }
  PowerLog::clear(logs);
}

}  // namespace xaodbc::torture
