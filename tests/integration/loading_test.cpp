#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <clocale>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/scratch_config.h"
#include "tests/support/shared_server.h"
#include "xaodbc/xaodbc.h"

// The library as a transaction manager gets it: through dlopen, nothing of it linked.

namespace xaodbc {
namespace {

using support::ScratchConfig;
using support::ServerKind;
using support::shared_server;

struct Library {
  void* handle = dlopen(XAODBC_LIBRARY_PATH, RTLD_NOW | RTLD_LOCAL);
  ~Library() {
    if (handle != nullptr) dlclose(handle);
  }
  Library() = default;
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  [[nodiscard]] const xa_switch_t& entries() const {
    return *static_cast<const xa_switch_t*>(dlsym(handle, "xaodbc_switch"));
  }
  template <class Function>
  [[nodiscard]] Function* function(const char* name) const {
    return reinterpret_cast<Function*>(dlsym(handle, name));
  }
};

XID xid_of(const std::string& gtrid) {
  XID xid{};
  xid.formatID = 1;
  xid.gtrid_length = static_cast<long>(gtrid.size());
  xid.bqual_length = 1;
  std::memcpy(xid.data, gtrid.data(), gtrid.size());
  xid.data[gtrid.size()] = 'b';
  return xid;
}

/// A whole one-phase transaction without SQL, at one rmid of the calling thread.
void use(const Library& library, std::string resource, int rmid, const std::string& gtrid) {
  const auto& entries = library.entries();
  XID xid = xid_of(gtrid);
  ASSERT_EQ(entries.xa_open_entry(resource.data(), rmid, TMNOFLAGS), XA_OK);
  ASSERT_EQ(entries.xa_start_entry(&xid, rmid, TMNOFLAGS), XA_OK);
  ASSERT_NE(library.function<void*(int)>("xaodbc_connection")(rmid), nullptr);
  ASSERT_EQ(entries.xa_end_entry(&xid, rmid, TMSUCCESS), XA_OK);
  ASSERT_EQ(entries.xa_commit_entry(&xid, rmid, TMONEPHASE), XA_OK);
  ASSERT_EQ(entries.xa_close_entry(resource.data(), rmid, TMNOFLAGS), XA_OK);
}

std::set<std::string> exported_symbols() {
  std::set<std::string> symbols;
  FILE* pipe = popen("nm -D --defined-only " XAODBC_LIBRARY_PATH, "r");
  std::array<char, 512> line{};
  while (pipe != nullptr && std::fgets(line.data(), line.size(), pipe) != nullptr) {
    std::string name(line.data());
    name.erase(name.find_last_not_of('\n') + 1);
    symbols.insert(name.substr(name.rfind(' ') + 1));
  }
  if (pipe != nullptr) pclose(pipe);
  return symbols;
}

class LoadingTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { support::start_shared_servers(); }
  LoadingTest() {
    config_.add_resource("pg", shared_server(ServerKind::kPostgresql));
    config_.add_resource("my", shared_server(ServerKind::kMariadb));
  }
  ScratchConfig config_;
};

TEST(ExportsTest, LibraryExportsExactlyThePublicSymbols) {
  EXPECT_EQ(exported_symbols(), (std::set<std::string>{"xaodbc_connection", "xaodbc_last_error",
                                                       "xaodbc_switch", "xaodbc_version"}));
}

TEST(ExportsTest, SwitchIsLaidOutAsTheStandardSays) {
  const Library library;
  ASSERT_NE(library.handle, nullptr) << dlerror();
  const auto& entries = library.entries();
  EXPECT_EQ(sizeof(xa_switch_t), 128U);
  EXPECT_EQ(offsetof(xa_switch_t, flags), 32U);
  EXPECT_EQ(offsetof(xa_switch_t, version), 40U);
  EXPECT_EQ(offsetof(xa_switch_t, xa_open_entry), 48U);
  EXPECT_EQ(offsetof(xa_switch_t, xa_rollback_entry), 80U);
  EXPECT_EQ(offsetof(xa_switch_t, xa_prepare_entry), 88U);
  EXPECT_EQ(offsetof(xa_switch_t, xa_complete_entry), 120U);
  EXPECT_EQ(sizeof(XID), 152U);
  EXPECT_STREQ(entries.name, "xaodbc");
  EXPECT_EQ(entries.flags, TMNOFLAGS);
  EXPECT_EQ(entries.version, 0);
  std::array<void*, 10> pointers{};
  std::memcpy(pointers.data(), &entries.xa_open_entry, sizeof pointers);
  for (const void* pointer : pointers) EXPECT_NE(pointer, nullptr);
}

TEST(ExportsTest, VersionIsThePackages) {
  const Library library;
  EXPECT_STREQ(library.function<const char*()>("xaodbc_version")(), XAODBC_VERSION);
  EXPECT_STREQ(library.function<const char*()>("xaodbc_last_error")(), "");
  EXPECT_EQ(library.function<void*(int)>("xaodbc_connection")(0), nullptr);
}

TEST_F(LoadingTest, LibraryCanBeUnloadedAndLoadedAgain) {
  for (int round = 0; round < 5; ++round) {
    const Library library;
    ASSERT_NE(library.handle, nullptr) << dlerror();
    use(library, "pg", 0, "again" + std::to_string(round));
    use(library, "my", 1, "again" + std::to_string(round));
  }
}

TEST_F(LoadingTest, ManyThreadsLoadUseAndUnloadAtOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([i] {
      for (int round = 0; round < 3; ++round) {
        const Library library;
        use(library, i % 2 == 0 ? "pg" : "my", i,
            "thread" + std::to_string(i) + "-" + std::to_string(round));
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST_F(LoadingTest, ThreadMayEndAfterTheLibraryWasUnloaded) {
  std::thread([] {
    const Library library;
    std::string resource = "pg";
    XID xid = xid_of("unloaded");
    ASSERT_EQ(library.entries().xa_open_entry(resource.data(), 0, TMNOFLAGS), XA_OK);
    ASSERT_EQ(library.entries().xa_start_entry(&xid, 0, TMNOFLAGS), XA_OK);
  }).join();
  const Library library;
  use(library, "pg", 0, "after");
}

TEST_F(LoadingTest, HostProcessIsLeftAsItWas) {
  struct sigaction before {};
  ASSERT_EQ(sigaction(SIGPIPE, nullptr, &before), 0);
  const std::string locale = std::setlocale(LC_ALL, nullptr);
  const mode_t mask = umask(0027);
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  {
    const Library library;
    use(library, "pg", 0, "guest");
    use(library, "my", 1, "guest");
    std::string nowhere = "no such resource";
    EXPECT_EQ(library.entries().xa_open_entry(nowhere.data(), 2, TMNOFLAGS), XAER_INVAL);
  }
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(umask(mask), 0027U);
  EXPECT_EQ(std::setlocale(LC_ALL, nullptr), locale);
  struct sigaction after {};
  ASSERT_EQ(sigaction(SIGPIPE, nullptr, &after), 0);
  EXPECT_EQ(after.sa_handler, before.sa_handler);
}

}  // namespace
}  // namespace xaodbc
