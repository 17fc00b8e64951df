#pragma once

#include <dlfcn.h>
#include <xaodbc/xa.h>

#include <stdexcept>
#include <string>

#include "tests/support/sql_session.h"

namespace xaodbc {

/// The library as a transaction manager gets it: loaded by its file name at run time, found by
/// symbol, unloaded with this object. A test that includes this must not name the library's symbols
/// itself, or it would be linked with it from the start.
class LoadedLibrary {
 public:
  explicit LoadedLibrary(const std::string& file = XAODBC_LIBRARY_PATH)
      : handle_(dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ == nullptr) throw std::runtime_error(dlerror());
  }
  LoadedLibrary(const LoadedLibrary&) = delete;
  LoadedLibrary& operator=(const LoadedLibrary&) = delete;
  ~LoadedLibrary() { dlclose(handle_); }

  /// Of the library or of one that it is linked with.
  [[nodiscard]] void* symbol(const char* name) const {
    void* const found = dlsym(handle_, name);
    if (found == nullptr) throw std::runtime_error(dlerror());
    return found;
  }
  [[nodiscard]] xa_switch_t& xa_switch() const {
    return *static_cast<xa_switch_t*>(symbol("xaodbc_switch"));
  }
  [[nodiscard]] void* connection(int rmid) const {
    return reinterpret_cast<void* (*)(int)>(symbol("xaodbc_connection"))(rmid);
  }
  [[nodiscard]] std::string last_error() const {
    return reinterpret_cast<const char* (*)()>(symbol("xaodbc_last_error"))();
  }
  [[nodiscard]] std::string version() const {
    return reinterpret_cast<const char* (*)()>(symbol("xaodbc_version"))();
  }

  /// Opens the resource in the calling thread, commits one row in two phases and closes. Throws
  /// when a verb fails.
  void run_transaction(const std::string& resource, int rmid, XID xid,
                       const std::string& row) const {
    run_transaction(xa_switch(), resource, rmid, xid, row);
  }
  void run_transaction(const xa_switch_t& entries, const std::string& resource, int rmid, XID xid,
                       const std::string& row) const {
    std::string info = resource;
    must(entries.xa_open_entry(info.data(), rmid, TMNOFLAGS));
    must(entries.xa_start_entry(&xid, rmid, TMNOFLAGS));
    support::execute_on(connection(rmid), "INSERT INTO ledger VALUES (" + row + ", 1)");
    must(entries.xa_end_entry(&xid, rmid, TMSUCCESS));
    must(entries.xa_prepare_entry(&xid, rmid, TMNOFLAGS));
    must(entries.xa_commit_entry(&xid, rmid, TMNOFLAGS));
    must(entries.xa_close_entry(info.data(), rmid, TMNOFLAGS));
  }

 private:
  void must(int code) const {
    if (code != XA_OK) throw std::runtime_error(std::to_string(code) + ": " + last_error());
  }

  void* handle_;
};

}  // namespace xaodbc
