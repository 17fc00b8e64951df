#include "tests/support/faulty_files.h"

#include <algorithm>
#include <utility>

namespace xaodbc::support {
namespace {

constexpr std::size_t kSector = 512;

Status error(const std::filesystem::path& path, const std::string& what) {
  return {StatusCode::kInternal, path.string() + ": " + what};
}

}  // namespace

class FaultyFile final : public File {
 public:
  using Inode = FaultyFileSystem::Inode;

  FaultyFile(FaultyFileSystem& system, std::shared_ptr<Inode> inode, std::filesystem::path path,
             bool writable)
      : system_(system),
        inode_(std::move(inode)),
        path_(std::move(path)),
        writable_(writable),
        generation_(system.generation_) {}
  FaultyFile(const FaultyFile&) = delete;
  FaultyFile& operator=(const FaultyFile&) = delete;
  ~FaultyFile() override { abandon(); }

  Status write_at(std::uint64_t offset, std::string_view bytes) override {
    system_.run_hook(FaultyFileSystem::Op::kWrite);
    const FaultyFileSystem::Guard guard(system_.mutex_);
    if (!alive() || !writable_) return error(path_, "bad file descriptor");
    return system_.write(*inode_, offset, bytes, path_);
  }

  Result<std::string> read_at(std::uint64_t offset, std::size_t size) override {
    system_.run_hook(FaultyFileSystem::Op::kRead);
    const FaultyFileSystem::Guard guard(system_.mutex_);
    if (!alive()) return failure(error(path_, "bad file descriptor"));
    if (auto status = system_.check(FaultyFileSystem::Op::kRead, path_); !status.is_ok()) {
      return failure(status);
    }
    if (offset >= inode_->bytes.size()) return std::string();
    return inode_->bytes.substr(static_cast<std::size_t>(offset), size);
  }

  Status sync() override {
    system_.run_hook(FaultyFileSystem::Op::kSync);
    const FaultyFileSystem::Guard guard(system_.mutex_);
    if (!alive()) return error(path_, "bad file descriptor");
    return system_.sync(*inode_, path_);
  }

  Result<std::uint64_t> size() override {
    const FaultyFileSystem::Guard guard(system_.mutex_);
    return inode_->bytes.size();
  }

  Result<bool> try_lock() override {
    system_.run_hook(FaultyFileSystem::Op::kLock);
    const FaultyFileSystem::Guard guard(system_.mutex_);
    if (!alive()) return failure(error(path_, "bad file descriptor"));
    if (auto status = system_.check(FaultyFileSystem::Op::kLock, path_); !status.is_ok()) {
      return failure(status);
    }
    if (inode_->lock_holder != nullptr && inode_->lock_holder != this) return false;
    inode_->lock_holder = this;
    return true;
  }

  Result<std::uint64_t> link_count() override {
    const FaultyFileSystem::Guard guard(system_.mutex_);
    return static_cast<std::uint64_t>(inode_->links);
  }

  void abandon() noexcept override {
    const FaultyFileSystem::Guard guard(system_.mutex_);
    if (inode_->lock_holder == this) inode_->lock_holder = nullptr;
    generation_ = UINT64_MAX;
  }

 private:
  [[nodiscard]] bool alive() const { return generation_ == system_.generation_; }

  FaultyFileSystem& system_;
  std::shared_ptr<Inode> inode_;
  std::filesystem::path path_;
  bool writable_;
  std::uint64_t generation_;
};

Result<std::unique_ptr<File>> FaultyFileSystem::create(const std::filesystem::path& path,
                                                       std::uint64_t size) {
  run_hook(Op::kCreate);
  const Guard guard(mutex_);
  if (auto status = check(Op::kCreate, path); !status.is_ok()) return failure(status);
  if (names_.contains(path)) return failure(error(path, "file exists"));
  if (used_space() + size > space_) return failure(error(path, "no space left on device"));
  auto inode = std::make_shared<Inode>();
  inode->bytes = inode->durable = std::string(static_cast<std::size_t>(size), '\0');
  inode->links = 1;
  names_[path] = inode;
  return std::make_unique<FaultyFile>(*this, inode, path, true);
}

Result<std::unique_ptr<File>> FaultyFileSystem::open(const std::filesystem::path& path,
                                                     bool writable) {
  run_hook(Op::kOpen);
  const Guard guard(mutex_);
  if (auto status = check(Op::kOpen, path); !status.is_ok()) return failure(status);
  const auto found = names_.find(path);
  if (found == names_.end()) return failure(error(path, "no such file"));
  return std::make_unique<FaultyFile>(*this, found->second, path, writable);
}

Status FaultyFileSystem::remove(const std::filesystem::path& path) {
  run_hook(Op::kRemove);
  const Guard guard(mutex_);
  if (auto status = check(Op::kRemove, path); !status.is_ok()) return status;
  const auto found = names_.find(path);
  if (found == names_.end()) return error(path, "no such file");
  --found->second->links;
  names_.erase(found);
  return {};
}

Status FaultyFileSystem::rename(const std::filesystem::path& from,
                                const std::filesystem::path& to) {
  run_hook(Op::kRename);
  const Guard guard(mutex_);
  if (auto status = check(Op::kRename, from); !status.is_ok()) return status;
  const auto found = names_.find(from);
  if (found == names_.end()) return error(from, "no such file");
  names_[to] = found->second;
  names_.erase(from);
  return {};
}

Result<std::vector<std::string>> FaultyFileSystem::list(const std::filesystem::path& directory) {
  run_hook(Op::kList);
  const Guard guard(mutex_);
  if (auto status = check(Op::kList, directory); !status.is_ok()) return failure(status);
  std::vector<std::string> names;
  for (const auto& [path, inode] : names_) {
    if (path.parent_path() == directory) names.push_back(path.filename());
  }
  return names;
}

Status FaultyFileSystem::sync_directory(const std::filesystem::path& directory) {
  run_hook(Op::kSyncDirectory);
  const Guard guard(mutex_);
  if (auto status = check(Op::kSyncDirectory, directory); !status.is_ok()) return status;
  durable_names_ = names_;
  return {};
}

Status FaultyFileSystem::create_directories(const std::filesystem::path&) { return {}; }

std::string FaultyFileSystem::boot_id() {
  const Guard guard(mutex_);
  std::string id(16, 'b');
  for (std::size_t i = 0; i < 8; ++i) id[i] = static_cast<char>('a' + ((boots_ >> (4 * i)) & 15));
  return id;
}

void FaultyFileSystem::fail(Op op, int nth, int more) {
  const Guard guard(mutex_);
  const auto index = static_cast<std::size_t>(op);
  fail_from_[index] = counts_[index] + nth;
  fail_to_[index] = fail_from_[index] + more;
}

void FaultyFileSystem::fail_everything_from(int nth) {
  const Guard guard(mutex_);
  fail_all_from_ = all_count_ + nth;
}

void FaultyFileSystem::heal() {
  const Guard guard(mutex_);
  fail_from_ = {};
  fail_to_ = {};
  fail_all_from_ = 0;
}

void FaultyFileSystem::limit_space(std::uint64_t bytes) {
  const Guard guard(mutex_);
  space_ = bytes;
}

void FaultyFileSystem::before(Op op, std::function<void()> hook) {
  const Guard guard(mutex_);
  hooks_[static_cast<std::size_t>(op)] = std::move(hook);
}

int FaultyFileSystem::count(Op op) const {
  const Guard guard(mutex_);
  return counts_[static_cast<std::size_t>(op)];
}

int FaultyFileSystem::count_all() const {
  const Guard guard(mutex_);
  return all_count_;
}

void FaultyFileSystem::lose_power(std::uint32_t seed) {
  const Guard guard(mutex_);
  std::mt19937 random(seed);
  end_processes();
  ++boots_;
  Names after;
  Names all = durable_names_;
  all.insert(names_.begin(), names_.end());
  for (const auto& [path, inode] : all) {
    const bool was_durable = durable_names_.contains(path);
    const bool is_named = names_.contains(path);
    if (was_durable == is_named || random() % 2 == 0) {
      if (was_durable || is_named) after[path] = inode;
    }
  }
  std::set<Inode*> seen;
  for (const auto& [path, inode] : after) inode->links = 0;
  for (const auto& [path, inode] : after) {
    ++inode->links;
    if (seen.insert(inode.get()).second) lose_unsynced(*inode, random);
  }
  names_ = durable_names_ = std::move(after);
}

void FaultyFileSystem::kill_all_processes() {
  const Guard guard(mutex_);
  end_processes();
}

std::vector<std::filesystem::path> FaultyFileSystem::paths() const {
  const Guard guard(mutex_);
  std::vector<std::filesystem::path> paths;
  for (const auto& [path, inode] : names_) paths.push_back(path);
  return paths;
}

std::string FaultyFileSystem::contents(const std::filesystem::path& path) const {
  const Guard guard(mutex_);
  return names_.at(path)->bytes;
}

void FaultyFileSystem::set_contents(const std::filesystem::path& path, std::string bytes) {
  const Guard guard(mutex_);
  auto& inode = names_[path];
  if (!inode) {
    inode = std::make_shared<Inode>();
    inode->links = 1;
    durable_names_[path] = inode;
  }
  inode->bytes = inode->durable = std::move(bytes);
  inode->dirty.clear();
}

void FaultyFileSystem::run_hook(Op op) {
  std::function<void()> hook;
  {
    const Guard guard(mutex_);
    hook = hooks_[static_cast<std::size_t>(op)];
  }
  if (hook) hook();
}

Status FaultyFileSystem::check(Op op, const std::filesystem::path& path) {
  const auto index = static_cast<std::size_t>(op);
  const int number = ++counts_[index];
  ++all_count_;
  const bool this_fails = number >= fail_from_[index] && number <= fail_to_[index];
  const bool all_fail = fail_all_from_ > 0 && all_count_ >= fail_all_from_;
  return this_fails || all_fail ? error(path, "injected failure") : Status();
}

Status FaultyFileSystem::write(Inode& inode, std::uint64_t offset, std::string_view bytes,
                               const std::filesystem::path& path) {
  auto status = check(Op::kWrite, path);
  put(inode, offset, status.is_ok() ? bytes : bytes.substr(0, bytes.size() / 2));
  return status;
}

Status FaultyFileSystem::sync(Inode& inode, const std::filesystem::path& path) {
  auto status = check(Op::kSync, path);
  if (status.is_ok()) {
    inode.durable.resize(inode.bytes.size(), '\0');
    for (const auto sector : inode.dirty) {
      const auto from = sector * kSector;
      inode.durable.replace(from, kSector, inode.bytes, from, kSector);
    }
  }
  inode.dirty.clear();
  return status;
}

void FaultyFileSystem::put(Inode& inode, std::uint64_t offset, std::string_view bytes) {
  if (bytes.empty()) return;
  const auto from = static_cast<std::size_t>(offset);
  if (inode.bytes.size() < from + bytes.size()) inode.bytes.resize(from + bytes.size(), '\0');
  inode.bytes.replace(from, bytes.size(), bytes);
  for (auto sector = from / kSector; sector <= (from + bytes.size() - 1) / kSector; ++sector) {
    inode.dirty.insert(sector);
  }
}

void FaultyFileSystem::lose_unsynced(Inode& inode, std::mt19937& random) {
  inode.durable.resize(inode.bytes.size(), '\0');
  for (std::size_t from = 0; from < inode.bytes.size(); from += kSector) {
    const bool differs = inode.bytes.compare(from, kSector, inode.durable, from, kSector) != 0;
    if (!differs || random() % 2 == 0) continue;
    inode.bytes.replace(from, kSector, inode.durable, from, kSector);
  }
  inode.durable = inode.bytes;
  inode.dirty.clear();
}

void FaultyFileSystem::end_processes() {
  ++generation_;
  for (const auto& [path, inode] : names_) inode->lock_holder = nullptr;
  for (const auto& [path, inode] : durable_names_) inode->lock_holder = nullptr;
}

std::uint64_t FaultyFileSystem::used_space() const {
  std::uint64_t used = 0;
  for (const auto& [path, inode] : names_) used += inode->bytes.size();
  return used;
}

}  // namespace xaodbc::support
