#include <dlfcn.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cctype>
#include <filesystem>
#include <ostream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "tests/integration/loaded_library.h"
#include "tests/integration/odbc_kit.h"
#include "tests/support/child.h"
#include "tests/support/scratch_config.h"

namespace xaodbc {
namespace {

using odbc::new_row;
using support::exited;
using support::run_program;
using support::ServerKind;

struct Loader {
  std::string_view file;
  const char* getter;
  const char* xa_switch;  ///< the symbol that the getter answers
  std::string_view name;
  long flags;
};
void PrintTo(const Loader& loader, std::ostream* out) { *out << loader.file; }

constexpr Loader kLixa{"libxaodbc-lixa.so", "lixa_get_xa_switch", "xaodbc_switch", "xaodbc",
                       TMNOFLAGS};
constexpr Loader kLixaDynamic{"libxaodbc-lixa-dynamic.so", "lixa_get_xa_switch",
                              "xaodbc_switch_dynamic", "xaodbc-dynamic", TMREGISTER};
constexpr Loader kEndurox{"libxaodbc-endurox.so", "ndrx_get_xa_switch", "xaodbc_switch", "xaodbc",
                          TMNOFLAGS};
constexpr Loader kMq{"libxaodbc-mq.so", "MQStart", "xaodbc_switch", "xaodbc", TMNOFLAGS};

std::string path_of(const Loader& loader) {
  return std::filesystem::path(XAODBC_LIBRARY_PATH).replace_filename(loader.file);
}

xa_switch_t* ask(const LoadedLibrary& library, const Loader& loader) {
  return reinterpret_cast<xa_switch_t* (*)()>(library.symbol(loader.getter))();
}

class LoadersTest : public testing::TestWithParam<Loader> {
 protected:
  static void SetUpTestSuite() {
    support::start_shared_servers();
    odbc::make_ledger(server());
  }
  LoadersTest() { config_.add_resource("accounts", server()); }

  static support::PrivateServer& server() {
    return support::shared_server(ServerKind::kPostgresql);
  }

  support::ScratchConfig config_;
};

TEST_P(LoadersTest, AnswersTheSwitchOfTheLibrary) {
  const LoadedLibrary library(path_of(GetParam()));
  const auto* const answer = ask(library, GetParam());
  ASSERT_EQ(answer, library.symbol(GetParam().xa_switch));
  EXPECT_EQ(answer->name, GetParam().name);
  EXPECT_EQ(answer->flags, GetParam().flags);
  EXPECT_EQ(answer->version, 0);
}

TEST_P(LoadersTest, ExportsItsFunctionAlone) {
  const auto listed =
      run_program({"/usr/bin/nm", "-D", "--defined-only", "--format=posix", path_of(GetParam())});
  ASSERT_EQ(listed.ending, exited(0)) << listed.output;
  std::set<std::string> names;
  std::istringstream lines(listed.output);
  for (std::string line; std::getline(lines, line);) names.insert(line.substr(0, line.find(' ')));
  EXPECT_EQ(names, std::set<std::string>{GetParam().getter});
}

// LIXA unloads it with every last tx_close.
TEST_P(LoadersTest, ServesTransactionsThroughLoadingAndUnloading) {
  for (int round = 0; round < 5; ++round) {
    const LoadedLibrary library(path_of(GetParam()));
    auto* const entries = ask(library, GetParam());
    ASSERT_NE(entries, nullptr);
    const std::string row = new_row();
    XID xid{7, 7, 1, "loader?b"};
    xid.data[6] = static_cast<char>('0' + round);
    library.run_transaction(*entries, "accounts", 3, xid, row);
    EXPECT_TRUE(odbc::has_row(server(), row));
  }
}

INSTANTIATE_TEST_SUITE_P(All, LoadersTest, testing::Values(kLixa, kLixaDynamic, kEndurox, kMq),
                         [](const auto& test) {
                           std::string name(test.param.file);
                           std::erase_if(name, [](char letter) { return std::ispunct(letter); });
                           return name;
                         });

/// Loads the loader in a process that has Enduro/X's function, and answers how often it was told
/// to do without TMJOIN.
int times_told(const support::Environment& environment) {
  const support::ScratchDirectory directory;
  const auto source = directory.write("libatmi.c",
                                      "int calls;\n"
                                      "void ndrx_xa_nojoin(int val) { calls += val; }\n");
  const auto libatmi = (directory.path() / "libatmi.so").string();
  const auto compiled =
      run_program({"/usr/bin/cc", "-shared", "-fPIC", "-o", libatmi, source.string()});
  if (compiled.ending != exited(0)) throw std::runtime_error(compiled.output);
  const auto child = [&] {
    void* const process = dlopen(libatmi.c_str(), RTLD_NOW | RTLD_GLOBAL);
    ASSERT_NE(process, nullptr) << dlerror();
    const LoadedLibrary library(path_of(kEndurox));
    ASSERT_NE(ask(library, kEndurox), nullptr);
    _exit(10 + *static_cast<int*>(dlsym(process, "calls")));
  };
  return support::run_in_child(child, environment).number - 10;
}

TEST(EnduroxLoaderTest, LeavesJoiningToEnduroxUnlessConfigured) {
  EXPECT_EQ(times_told({}), 0);
  EXPECT_EQ(times_told({{"XAODBC_ENDUROX_NOJOIN", "0"}}), 0);
}

TEST(EnduroxLoaderTest, SetsTheNoJoinModeWhenConfigured) {
  EXPECT_EQ(times_told({{"XAODBC_ENDUROX_NOJOIN", "1"}}), 1);
}

TEST(EnduroxLoaderTest, LoadsWhereEnduroxIsNot) {
  const auto child = [] {
    const LoadedLibrary library(path_of(kEndurox));
    EXPECT_NE(ask(library, kEndurox), nullptr);
  };
  EXPECT_EQ(support::run_in_child(child, {{"XAODBC_ENDUROX_NOJOIN", "1"}}), exited(0));
}

}  // namespace
}  // namespace xaodbc
