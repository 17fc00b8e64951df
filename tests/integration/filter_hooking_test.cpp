#include <dlfcn.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "filter/interface.h"
#include "tests/support/child.h"
#include "tests/support/scratch_directory.h"

namespace xaodbc {
namespace {

using support::exited;

const filter::Functions& load_filter() {
  const auto path = std::filesystem::path(XAODBC_LIBRARY_PATH).replace_filename(filter::kFileName);
  void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error(dlerror());
  return *reinterpret_cast<filter::Entry*>(dlsym(library, filter::kEntryName))();
}

/// Of psqlODBC, what the filter looks at, linked as distributions do that harden everything: the
/// dynamic linker resolves all calls at once and makes the places read-only.
std::string build_hardened_driver(const support::ScratchDirectory& directory) {
  const auto source = directory.write("driver.c",
                                      "int PQsendQuery(void *connection, const char *text);\n"
                                      "void *PQgetResult(void *connection);\n"
                                      "void *ask(void *connection) {\n"
                                      "  PQsendQuery(connection, \"SELECT 1\");\n"
                                      "  return PQgetResult(connection);\n"
                                      "}\n");
  const auto driver = (directory.path() / "psqlodbcw.so").string();
  const auto compiled =
      support::run_program({"/usr/bin/cc", "-shared", "-fPIC", "-Wl,-z,relro,-z,now", "-o", driver,
                            source.string(), "-l:libpq.so.5"});
  if (compiled.ending != exited(0)) throw std::runtime_error(compiled.output);
  return driver;
}

TEST(FilterHookingTest, ThreadsThatConnectAtTheSameMomentHookAHardenedDriver) {
  const support::ScratchDirectory directory;
  const auto driver = build_hardened_driver(directory);
  const auto body = [&] {
    ASSERT_NE(dlopen(driver.c_str(), RTLD_NOW | RTLD_LOCAL), nullptr) << dlerror();
    const filter::Functions& filter = load_filter();
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&filter] {
        for (int connects = 0; connects < 2000; ++connects) {
          EXPECT_TRUE(filter.seek("SET LOCAL xaodbc.branch="));
          EXPECT_EQ(filter.found(), nullptr) << "nothing was sent";
        }
      });
    }
    for (auto& thread : threads) thread.join();
  };
  EXPECT_EQ(support::run_in_child(body), exited(0));
}

}  // namespace
}  // namespace xaodbc
