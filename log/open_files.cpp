#include "log/open_files.h"

namespace xaodbc::log {

static_assert(std::atomic<File*>::is_always_lock_free, "abandon_all runs after a fork");

OpenFiles::~OpenFiles() {
  for (const Block* block = first_.next.load(); block != nullptr;) {
    const std::unique_ptr<const Block> owned(block);
    block = block->next.load();
  }
}

std::shared_ptr<File> OpenFiles::track(std::unique_ptr<File> file) {
  std::atomic<File*>& slot = free_slot(file.get());
  return {file.release(), [&slot](File* gone) {
            // Closed before it leaves its slot: a child forked in between still finds it here.
            gone->abandon();
            slot.store(nullptr);
            delete gone;
          }};
}

std::atomic<File*>& OpenFiles::free_slot(File* file) {
  for (Block* block = &first_;; block = block->next.load()) {
    for (auto& slot : block->slots) {
      File* expected = nullptr;
      if (slot.compare_exchange_strong(expected, file)) return slot;
    }
    if (block->next.load() != nullptr) continue;
    auto fresh = std::make_unique<Block>();
    Block* expected = nullptr;
    if (block->next.compare_exchange_strong(expected, fresh.get())) {
      static_cast<void>(fresh.release());
    }
  }
}

void OpenFiles::abandon_all() noexcept {
  for (Block* block = &first_; block != nullptr; block = block->next.load()) {
    for (auto& slot : block->slots) {
      if (File* file = slot.load(); file != nullptr) file->abandon();
    }
  }
}

}  // namespace xaodbc::log
