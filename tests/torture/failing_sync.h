#pragma once

#include <sqlite3.h>

#include <array>

namespace xaodbc::torture {

/// A disk that fails to sync once: stands between SQLite and the files that are opened while it
/// lives. SQLite is given as pointers, because a driver brings its own.
class FailingSync {
 public:
  struct Sqlite {
    decltype(&sqlite3_vfs_find) find;
    decltype(&sqlite3_vfs_register) add;
    decltype(&sqlite3_vfs_unregister) remove;
  };

  explicit FailingSync(const Sqlite& sqlite) : remove_(sqlite.remove) {
    real_ = sqlite.find(nullptr);
    failing_ = *real_;
    failing_.zName = "failing_sync";
    failing_.xOpen = &open;
    sqlite.add(&failing_, 1);
  }
  FailingSync(const FailingSync&) = delete;
  FailingSync& operator=(const FailingSync&) = delete;
  ~FailingSync() {
    left_ = 0;
    remove_(&failing_);
  }

  /// The n-th sync from now fails; 0: none.
  static void fail(int n) { left_ = n; }
  static bool has_failed() { return left_ <= 0; }

 private:
  static int open(sqlite3_vfs* /*vfs*/, const char* name, sqlite3_file* file, int flags,
                  int* out_flags) {
    const int code = real_->xOpen(real_, name, file, flags, out_flags);
    if (file->pMethods == nullptr) return code;
    // Only databases have methods with locks.
    sqlite3_io_methods& methods = methods_[(flags & SQLITE_OPEN_MAIN_DB) != 0 ? 1 : 0];
    methods = *file->pMethods;
    real_sync_ = methods.xSync;
    methods.xSync = &sync;
    file->pMethods = &methods;
    return code;
  }

  static int sync(sqlite3_file* file, int flags) {
    if (left_ > 0 && --left_ == 0) return SQLITE_IOERR_FSYNC;
    return real_sync_(file, flags);
  }

  static inline sqlite3_vfs* real_ = nullptr;
  static inline sqlite3_vfs failing_{};
  static inline std::array<sqlite3_io_methods, 2> methods_{};
  static inline int (*real_sync_)(sqlite3_file*, int) = nullptr;
  static inline int left_ = 0;

  decltype(&sqlite3_vfs_unregister) remove_;
};

}  // namespace xaodbc::torture
