#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <clocale>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

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

constexpr std::array kServers = {ServerKind::kPostgresql, ServerKind::kMariadb};

XID some_xid(const std::string& gtrid) {
  XID xid{};
  xid.formatID = 7;
  xid.gtrid_length = static_cast<long>(gtrid.size());
  xid.bqual_length = 1;
  gtrid.copy(xid.data, gtrid.size());
  xid.data[gtrid.size()] = 'b';
  return xid;
}

/// The library is not in this program until a test loads it.
class LoadingTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    support::start_shared_servers();
    for (const auto kind : kServers) odbc::make_ledger(support::shared_server(kind));
  }
  LoadingTest() {
    for (const auto kind : kServers) {
      config_.add_resource(support::name_of(kind), support::shared_server(kind));
    }
  }

  /// One transaction on each server.
  static void use(const LoadedLibrary& library) {
    for (const auto kind : kServers) {
      const std::string row = new_row();
      const int rmid = std::stoi(row);
      library.run_transaction(support::name_of(kind), rmid, some_xid("loading" + row), row);
      EXPECT_TRUE(odbc::has_row(support::shared_server(kind), row));
    }
  }

  support::ScratchConfig config_;
};

TEST(LibraryTest, ExportsExactlyWhatItsHeaderDeclares) {
  const auto listed =
      run_program({"/usr/bin/nm", "-D", "--defined-only", "--format=posix", XAODBC_LIBRARY_PATH});
  ASSERT_EQ(listed.ending, exited(0)) << listed.output;
  std::set<std::string> names;
  std::istringstream lines(listed.output);
  for (std::string line; std::getline(lines, line);) names.insert(line.substr(0, line.find(' ')));
  EXPECT_EQ(names,
            (std::set<std::string>{"xaodbc_switch", "xaodbc_switch_dynamic", "xaodbc_connection",
                                   "xaodbc_last_error", "xaodbc_version"}));
}

TEST(LibraryTest, DeclaresTheLayoutOfTheStandard) {
  static_assert(sizeof(XID) == 152);
  static_assert(offsetof(XID, gtrid_length) == 8);
  static_assert(offsetof(XID, bqual_length) == 16);
  static_assert(offsetof(XID, data) == 24);
  static_assert(sizeof(xa_switch_t) == 128);
  static_assert(offsetof(xa_switch_t, name) == 0);
  static_assert(offsetof(xa_switch_t, flags) == 32);
  static_assert(offsetof(xa_switch_t, version) == 40);
  static_assert(offsetof(xa_switch_t, xa_open_entry) == 48);
  static_assert(offsetof(xa_switch_t, xa_close_entry) == 56);
  static_assert(offsetof(xa_switch_t, xa_start_entry) == 64);
  static_assert(offsetof(xa_switch_t, xa_end_entry) == 72);
  static_assert(offsetof(xa_switch_t, xa_rollback_entry) == 80);
  static_assert(offsetof(xa_switch_t, xa_prepare_entry) == 88);
  static_assert(offsetof(xa_switch_t, xa_commit_entry) == 96);
  static_assert(offsetof(xa_switch_t, xa_recover_entry) == 104);
  static_assert(offsetof(xa_switch_t, xa_forget_entry) == 112);
  static_assert(offsetof(xa_switch_t, xa_complete_entry) == 120);
}

// Read from memory as a program would that has only the standard's text.
TEST(LibraryTest, SwitchHoldsEveryVerbAtItsPlace) {
  const LoadedLibrary library;
  const auto* bytes = static_cast<const char*>(library.symbol("xaodbc_switch"));
  EXPECT_EQ(std::string(bytes, strnlen(bytes, 32)), "xaodbc");
  std::array<long, 2> flags_and_version{};
  std::memcpy(flags_and_version.data(), bytes + 32, sizeof flags_and_version);
  EXPECT_EQ(flags_and_version, (std::array<long, 2>{0, 0}));

  using BranchEntry = int (*)(XID*, int, long);
  for (const auto& [offset, verb] : {std::pair{64, "xa_start"},
                                     {72, "xa_end"},
                                     {80, "xa_rollback"},
                                     {88, "xa_prepare"},
                                     {96, "xa_commit"},
                                     {112, "xa_forget"}}) {
    BranchEntry entry = nullptr;
    std::memcpy(&entry, bytes + offset, sizeof entry);
    XID xid = some_xid("x");
    EXPECT_EQ(entry(&xid, 1, TMASYNC), XAER_ASYNC) << verb;
    EXPECT_TRUE(library.last_error().starts_with(std::string(verb) + " ")) << library.last_error();
  }
  EXPECT_NE(library.xa_switch().xa_open_entry, nullptr);
  EXPECT_NE(library.xa_switch().xa_close_entry, nullptr);
  EXPECT_NE(library.xa_switch().xa_recover_entry, nullptr);
  EXPECT_NE(library.xa_switch().xa_complete_entry, nullptr);
}

TEST(LibraryTest, VersionIsThreeNumbers) {
  const LoadedLibrary library;
  int major = -1;
  int minor = -1;
  int patch = -1;
  char rest = 0;
  EXPECT_EQ(std::sscanf(library.version().c_str(), "%d.%d.%d%c", &major, &minor, &patch, &rest), 3);
}

TEST(LibraryTest, NothingIsOpenBeforeXaOpenAndTheErrorIsNeverNull) {
  const LoadedLibrary library;
  std::thread([&] {
    EXPECT_EQ(library.connection(0), nullptr);
    EXPECT_EQ(library.connection(-1), nullptr);
    EXPECT_EQ(library.last_error(), "");
  }).join();
}

/// Whether the text compiles with everything the compiler can complain about.
support::Finished compile(const std::string& text, const std::vector<std::string>& standard) {
  const support::ScratchDirectory directory;
  const std::filesystem::path source_tree(XAODBC_SOURCE_DIR);
  std::vector<std::string> command = {"/usr/bin/cc",      "-Wall",        "-Wextra", "-Werror",
                                      "-pedantic-errors", "-fsyntax-only"};
  command.insert(command.end(), standard.begin(), standard.end());
  command.push_back("-I" + (source_tree / "xa/include").string());
  command.push_back(directory.write("program.c", text).string());
  return run_program(command);
}

TEST(HeaderTest, CompileInStandardCAndCpp) {
  const std::string use =
      "int begin(XID *xid, int rmid) {\n"
      "  if (xaodbc_switch.xa_start_entry(xid, rmid, TMNOFLAGS) == XA_OK)\n"
      "    return xaodbc_connection(rmid) != 0;\n"
      "  return xaodbc_last_error()[0] + xaodbc_version()[0];\n"
      "}\n";
  const std::string headers =
      "#include <xaodbc/xaodbc.h>\n#include <xaodbc/xa.h>\n#include <xaodbc/xaodbc.h>\n";
  for (const std::vector<std::string>& standard :
       {std::vector<std::string>{"-std=c99"}, {"-std=c11"}, {"-xc++", "-std=c++17"}}) {
    const auto compiled = compile(headers + use, standard);
    EXPECT_EQ(compiled.ending, exited(0)) << standard.back() << "\n" << compiled.output;
  }
}

TEST(HeaderTest, EachCompilesByItself) {
  const auto xa =
      compile("#include <xaodbc/xa.h>\nlong used(XID *x) { return x->formatID; }\n", {"-std=c99"});
  EXPECT_EQ(xa.ending, exited(0)) << xa.output;
  const auto xaodbc = compile("#include <xaodbc/xaodbc.h>\nint used = TM_OK;\n", {"-std=c99"});
  EXPECT_EQ(xaodbc.ending, exited(0)) << xaodbc.output;
}

TEST(HeaderTest, OtherXaHeaderOfTheTransactionManagerMayComeFirst) {
  const auto compiled = compile(
      "#define XIDDATASIZE 128\n"
      "struct xid_t { long formatID, gtrid_length, bqual_length; char data[XIDDATASIZE]; };\n"
      "typedef struct xid_t XID;\n"
      "struct xa_switch_t { char name[32]; };\n"
      "#include <xaodbc/xaodbc.h>\n"
      "const char *used(void) { return xaodbc_switch.name; }\n",
      {"-std=c99"});
  EXPECT_EQ(compiled.ending, exited(0)) << compiled.output;
}

TEST_F(LoadingTest, CanBeUsedUnloadedAndLoadedAgain) {
  for (int round = 0; round < 3; ++round) {
    const LoadedLibrary library;
    use(library);
  }
}

TEST_F(LoadingTest, CanBeLoadedAndUnloadedByManyThreadsAtOnce) {
  std::vector<std::thread> threads;
  std::atomic<int> done = 0;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&done] {
      for (int round = 0; round < 3; ++round) {
        const LoadedLibrary library;
        use(library);
      }
      ++done;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(done, 6);
}

// The thread's end and the process's end still run code of the library.
TEST_F(LoadingTest, ThreadThatUsedItMayEndAfterItWasUnloaded) {
  std::thread([] {
    LoadedLibrary library;
    std::string info = support::name_of(ServerKind::kPostgresql);
    XID xid = some_xid("left" + new_row());
    EXPECT_EQ(library.xa_switch().xa_open_entry(info.data(), 0, TMNOFLAGS), XA_OK);
    EXPECT_EQ(library.xa_switch().xa_start_entry(&xid, 0, TMNOFLAGS), XA_OK);
  }).join();
}

TEST_F(LoadingTest, ProcessThatLeavesEverythingOpenExitsOrderly) {
  std::cout.flush();
  const pid_t child = fork();
  if (child == 0) {
    const LoadedLibrary library;
    std::string info = support::name_of(ServerKind::kMariadb);
    XID xid = some_xid("left" + new_row());
    const bool begun = library.xa_switch().xa_open_entry(info.data(), 0, TMNOFLAGS) == XA_OK &&
                       library.xa_switch().xa_start_entry(&xid, 0, TMNOFLAGS) == XA_OK;
    std::exit(begun ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

/// What a guest must leave as it found it (I9).
struct House {
  std::vector<std::pair<void*, int>> handlers;  ///< and flags, by signal
  std::string blocked;
  std::string locale = std::setlocale(LC_ALL, nullptr);
  std::filesystem::path directory = std::filesystem::current_path();
  mode_t mask = current_mask();

  House() {
    for (int signal = 1; signal < NSIG; ++signal) {
      struct sigaction action {};
      if (sigaction(signal, nullptr, &action) != 0) continue;
      handlers.emplace_back(reinterpret_cast<void*>(action.sa_handler), action.sa_flags);
    }
    sigset_t set;
    pthread_sigmask(SIG_BLOCK, nullptr, &set);
    for (int signal = 1; signal < NSIG; ++signal)
      blocked += sigismember(&set, signal) == 1 ? '1' : '0';
  }
  static mode_t current_mask() {
    const mode_t mask = umask(0);
    umask(mask);
    return mask;
  }
  friend bool operator==(const House&, const House&) = default;
};

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Successes and failures of all kinds.
void use_in_every_way(const LoadedLibrary& library) {
  for (const auto kind : kServers) {
    const std::string row = new_row();
    library.run_transaction(support::name_of(kind), 0, some_xid("guest" + row), row);
  }
  auto& entries = library.xa_switch();
  XID xid = some_xid("nobody");
  std::string wrong = "no-such-resource";
  EXPECT_EQ(entries.xa_open_entry(wrong.data(), 1, TMNOFLAGS), XAER_INVAL);
  EXPECT_EQ(entries.xa_commit_entry(&xid, 1, TMNOFLAGS), XAER_PROTO);
  std::string info = support::name_of(ServerKind::kPostgresql);
  EXPECT_EQ(entries.xa_open_entry(info.data(), 1, TMNOFLAGS), XA_OK);
  EXPECT_EQ(entries.xa_commit_entry(&xid, 1, TMNOFLAGS), XAER_NOTA);
  EXPECT_EQ(entries.xa_close_entry(info.data(), 1, TMNOFLAGS), XA_OK);
}

TEST_F(LoadingTest, GuestWritesNothingAndLeavesSignalsLocaleMaskAndDirectoryAlone) {
  const auto output = config_.directory() / "output";
  const auto child = [&] {
    const House before;
    const int file = open(output.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    const int saved = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
    dup2(file, STDOUT_FILENO);
    dup2(file, STDERR_FILENO);
    {
      const LoadedLibrary library;
      use_in_every_way(library);
    }
    std::fflush(nullptr);
    dup2(saved, STDOUT_FILENO);
    EXPECT_EQ(House(), before);
  };
  EXPECT_EQ(support::run_in_child(child, {{"LC_ALL", "C.UTF-8"}, {"LANG", "C.UTF-8"}}), exited(0));
  EXPECT_EQ(read_file(output), "");
}

}  // namespace
}  // namespace xaodbc
