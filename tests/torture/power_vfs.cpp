// The half of the power model that stands between SQLite and its files.

#include <sqlite3.h>

#include <cstring>
#include <string_view>

#include "tests/torture/power.h"
#include "tests/torture/power_log.h"

namespace xaodbc::torture {
namespace {

constexpr sqlite3_int64 kSector = 512;

sqlite3_vfs* real_vfs = nullptr;
sqlite3_vfs power_vfs;

struct File {
  sqlite3_file base;
  bool is_recorded;
  bool is_journal;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File& as_file(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
sqlite3_file* real(sqlite3_file* file) { return as_file(file).real(); }

bool is_journal(const char* name) {
  constexpr std::string_view kSuffix = "-journal";
  return name != nullptr && std::string_view(name).ends_with(kSuffix);
}

sqlite3_int64 size_of(sqlite3_file* file) {
  sqlite3_int64 size = 0;
  file->pMethods->xFileSize(file, &size);
  return size;
}

/// The sectors that [from, to) touches, as they are; what is beyond the end is zero.
std::string sectors(sqlite3_file* file, sqlite3_int64 from, sqlite3_int64 to) {
  std::string bytes(static_cast<std::size_t>((to + kSector - 1) / kSector * kSector - from), '\0');
  file->pMethods->xRead(file, bytes.data(), static_cast<int>(bytes.size()), from);
  return bytes;
}

void record(File& file, PowerEvent::Kind kind, sqlite3_int64 from, sqlite3_int64 to) {
  if (!file.is_recorded) return;
  PowerEvent event;
  event.kind = kind;
  event.is_journal = file.is_journal;
  event.sequence = PowerLog::next_sequence();
  event.offset = static_cast<std::uint64_t>(from / kSector * kSector);
  event.old_size = static_cast<std::uint64_t>(size_of(file.real()));
  if (to > from) event.bytes = sectors(file.real(), from / kSector * kSector, to);
  PowerLog::append(event);
}

int close_file(sqlite3_file* file) { return real(file)->pMethods->xClose(real(file)); }

int read_file(sqlite3_file* file, void* data, int size, sqlite3_int64 offset) {
  return real(file)->pMethods->xRead(real(file), data, size, offset);
}

int write_file(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  record(as_file(file), PowerEvent::Kind::kWrite, offset, offset + size);
  return real(file)->pMethods->xWrite(real(file), data, size, offset);
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  record(as_file(file), PowerEvent::Kind::kTruncate, size, size_of(real(file)));
  return real(file)->pMethods->xTruncate(real(file), size);
}

int sync_file(sqlite3_file* file, int flags) {
  const std::uint64_t since = PowerLog::next_sequence();
  const int code = real(file)->pMethods->xSync(real(file), flags);
  if (code == SQLITE_OK && as_file(file).is_recorded) {
    PowerEvent event;
    event.kind = PowerEvent::Kind::kSync;
    event.is_journal = as_file(file).is_journal;
    event.sequence = PowerLog::next_sequence();
    event.since = since;
    PowerLog::append(event);
  }
  return code;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return real(file)->pMethods->xFileSize(real(file), size);
}
int lock_file(sqlite3_file* file, int level) {
  return real(file)->pMethods->xLock(real(file), level);
}
int unlock_file(sqlite3_file* file, int level) {
  return real(file)->pMethods->xUnlock(real(file), level);
}
int check_lock(sqlite3_file* file, int* result) {
  return real(file)->pMethods->xCheckReservedLock(real(file), result);
}
int control_file(sqlite3_file* file, int operation, void* argument) {
  return real(file)->pMethods->xFileControl(real(file), operation, argument);
}
int sector_size(sqlite3_file* file) { return real(file)->pMethods->xSectorSize(real(file)); }
int characteristics(sqlite3_file* file) {
  return real(file)->pMethods->xDeviceCharacteristics(real(file));
}

// Version 1: without shared memory and memory maps, which the rollback journal does not need.
constexpr sqlite3_io_methods kMethods = {
    1,         close_file,  read_file,  write_file,   truncate_file, sync_file,       file_size,
    lock_file, unlock_file, check_lock, control_file, sector_size,   characteristics, nullptr,
    nullptr,   nullptr,     nullptr,    nullptr,      nullptr};

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* given, int flags, int* out_flags) {
  File& file = as_file(given);
  file.base.pMethods = nullptr;
  const int kinds = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL;
  file.is_recorded = name != nullptr && (flags & kinds) != 0;
  file.is_journal = is_journal(name);
  int exists = 1;
  if (file.is_recorded) real_vfs->xAccess(real_vfs, name, SQLITE_ACCESS_EXISTS, &exists);
  if (exists == 0 && (flags & SQLITE_OPEN_CREATE) != 0) {
    PowerEvent event;
    event.kind = PowerEvent::Kind::kCreate;
    event.is_journal = file.is_journal;
    event.sequence = PowerLog::next_sequence();
    PowerLog::append(event);
  }
  const int code = real_vfs->xOpen(real_vfs, name, file.real(), flags, out_flags);
  if (file.real()->pMethods != nullptr) file.base.pMethods = &kMethods;
  return code;
}

std::string content(const char* name) {
  std::string bytes;
  std::string buffer(static_cast<std::size_t>(real_vfs->szOsFile), '\0');
  auto* file = reinterpret_cast<sqlite3_file*>(buffer.data());
  const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_JOURNAL;
  if (real_vfs->xOpen(real_vfs, name, file, flags, nullptr) != SQLITE_OK) return bytes;
  bytes.resize(static_cast<std::size_t>(size_of(file)));
  if (!bytes.empty()) {
    file->pMethods->xRead(file, bytes.data(), static_cast<int>(bytes.size()), 0);
  }
  file->pMethods->xClose(file);
  return bytes;
}

int delete_file(sqlite3_vfs*, const char* name, int sync_directory) {
  PowerEvent event;
  event.kind = sync_directory != 0 ? PowerEvent::Kind::kRemove : PowerEvent::Kind::kUnlink;
  event.is_journal = is_journal(name);
  if (sync_directory == 0) event.bytes = content(name);
  event.sequence = PowerLog::next_sequence();
  if (sync_directory == 0) PowerLog::append(event);
  const int code = real_vfs->xDelete(real_vfs, name, sync_directory);
  // What is not told when it is killed here has happened all the same, and is taken as not lasting.
  if (sync_directory != 0 && code == SQLITE_OK) PowerLog::append(event);
  return code;
}

}  // namespace

void Power::install(const std::filesystem::path& logs) {
  PowerLog::create(logs);
  if (real_vfs != nullptr) return;
  real_vfs = sqlite3_vfs_find(nullptr);
  power_vfs = *real_vfs;
  power_vfs.zName = "power";
  power_vfs.szOsFile = static_cast<int>(sizeof(File)) + real_vfs->szOsFile;
  power_vfs.xOpen = open_file;
  power_vfs.xDelete = delete_file;
  sqlite3_vfs_register(&power_vfs, 1);
}

}  // namespace xaodbc::torture
