#include "tests/torture/power_log.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <iterator>
#include <new>
#include <stdexcept>

namespace xaodbc::torture {
namespace {

struct Header {
  PowerEvent::Kind kind;
  std::uint32_t is_journal;
  std::uint64_t sequence;
  std::uint64_t since;
  std::uint64_t offset;
  std::uint64_t old_size;
  std::uint64_t length;
};

std::atomic<std::uint64_t>* sequence = nullptr;  // shared by all processes
std::filesystem::path log_directory;
int log_file = -1;
pid_t log_owner = 0;

/// This process's own: a child does not go on with its parent's.
int own_file() {
  if (log_owner != getpid()) {
    if (log_file >= 0) close(log_file);
    log_owner = getpid();
    const std::string name = log_directory / std::to_string(log_owner);
    log_file = open(name.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  }
  return log_file;
}

void read_file(const std::filesystem::path& path, std::vector<PowerEvent>& events) {
  std::ifstream in(path, std::ios::binary);
  Header header{};
  while (in.read(reinterpret_cast<char*>(&header), sizeof header)) {
    PowerEvent event{header.kind,
                     header.is_journal != 0,
                     header.sequence,
                     header.since,
                     header.offset,
                     header.old_size,
                     std::string(header.length, '\0')};
    if (header.length > 0 &&
        !in.read(event.bytes.data(), static_cast<std::streamsize>(header.length))) {
      return;
    }
    events.push_back(std::move(event));
  }
}

}  // namespace

void PowerLog::create(const std::filesystem::path& directory) {
  log_directory = directory;
  log_owner = 0;
  std::filesystem::create_directories(directory);
  void* memory =
      mmap(nullptr, sizeof *sequence, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("mmap");
  sequence = new (memory) std::atomic<std::uint64_t>(1);
}

std::uint64_t PowerLog::next_sequence() { return (*sequence)++; }

void PowerLog::append(const PowerEvent& event) {
  const Header header{
      event.kind,     event.is_journal ? 1U : 0U, event.sequence, event.since, event.offset,
      event.old_size, event.bytes.size()};
  std::string record(reinterpret_cast<const char*>(&header), sizeof header);
  record += event.bytes;
  if (write(own_file(), record.data(), record.size()) != static_cast<ssize_t>(record.size())) {
    throw std::runtime_error("the log of unsynced writes cannot be written");
  }
}

std::vector<PowerEvent> PowerLog::read(const std::filesystem::path& directory) {
  std::vector<PowerEvent> events;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    read_file(entry.path(), events);
  }
  std::sort(events.begin(), events.end(),
            [](const PowerEvent& a, const PowerEvent& b) { return a.sequence < b.sequence; });
  return events;
}

void PowerLog::clear(const std::filesystem::path& directory) {
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  log_owner = 0;
}

}  // namespace xaodbc::torture
