#include "tests/support/held_function.h"

#include <elf.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace xaodbc::support {
namespace {

/// x86-64: jmp to itself.
constexpr std::uint16_t kStayHere = 0xfeeb;

std::string contents_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

template <class Entry>
Entry entry_at(const std::string& image, std::uint64_t offset) {
  Entry entry{};
  if (offset + sizeof entry > image.size()) throw std::runtime_error("not a whole ELF file");
  std::memcpy(&entry, image.data() + offset, sizeof entry);
  return entry;
}

/// Where a dynamic symbol of a program lies, relative to where the program was loaded.
std::uint64_t offset_of(const std::string& image, std::string_view symbol) {
  const auto header = entry_at<Elf64_Ehdr>(image, 0);
  for (int i = 0; i < header.e_shnum; ++i) {
    const auto section = entry_at<Elf64_Shdr>(image, header.e_shoff + i * sizeof(Elf64_Shdr));
    if (section.sh_type != SHT_DYNSYM) continue;
    const auto names =
        entry_at<Elf64_Shdr>(image, header.e_shoff + section.sh_link * sizeof(Elf64_Shdr));
    for (std::uint64_t at = 0; at < section.sh_size; at += sizeof(Elf64_Sym)) {
      const auto entry = entry_at<Elf64_Sym>(image, section.sh_offset + at);
      if (symbol == image.c_str() + names.sh_offset + entry.st_name) return entry.st_value;
    }
  }
  throw std::runtime_error("the program does not export " + std::string(symbol));
}

/// The lowest mapping of the program itself.
std::uint64_t load_address(const std::string& process, const std::string& program) {
  std::ifstream maps(process + "/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.ends_with(program)) return std::stoull(line, nullptr, 16);
  }
  throw std::runtime_error("cannot see how " + program + " is mapped");
}

}  // namespace

HeldFunction::HeldFunction(pid_t process, std::string_view symbol) {
#ifndef __x86_64__
  throw std::runtime_error("written for x86-64");
#endif
  const std::string directory = "/proc/" + std::to_string(process);
  std::string program(4096, '\0');
  program.resize(static_cast<std::size_t>(std::max<ssize_t>(
      0, readlink((directory + "/exe").c_str(), program.data(), program.size()))));
  address_ = load_address(directory, program) + offset_of(contents_of(directory + "/exe"), symbol);
  memory_ = open((directory + "/mem").c_str(), O_RDWR | O_CLOEXEC);
  const auto at = static_cast<off_t>(address_);
  if (memory_ < 0 || pread(memory_, &saved_, sizeof saved_, at) != sizeof saved_ ||
      pwrite(memory_, &kStayHere, sizeof kStayHere, at) != sizeof kStayHere) {
    const int error = errno;
    close(memory_);
    throw std::runtime_error("the memory of the process: " + std::string(std::strerror(error)));
  }
}

HeldFunction::~HeldFunction() {
  static_cast<void>(pwrite(memory_, &saved_, sizeof saved_, static_cast<off_t>(address_)));
  close(memory_);
}

}  // namespace xaodbc::support
