#include "recovery/command_line.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/scratch_directory.h"

namespace xaodbc::recovery {
namespace {

/// While it lives, standard output is a device without room.
class OutputOnFullDevice {
 public:
  OutputOnFullDevice() : before_(::dup(STDOUT_FILENO)) {
    std::fflush(stdout);
    const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    EXPECT_EQ(::dup2(full, STDOUT_FILENO), STDOUT_FILENO);
    ::close(full);
  }
  OutputOnFullDevice(const OutputOnFullDevice&) = delete;
  OutputOnFullDevice& operator=(const OutputOnFullDevice&) = delete;
  ~OutputOnFullDevice() {
    // What would not go there must not come out elsewhere.
    std::fflush(stdout);
    std::clearerr(stdout);
    EXPECT_EQ(::dup2(before_, STDOUT_FILENO), STDOUT_FILENO);
    ::close(before_);
  }

 private:
  int before_;
};

/// The tool with a configuration whose only resource leads nowhere. Standard input of a test
/// program is no terminal that anybody would answer on.
class CommandLine : public ::testing::Test {
 protected:
  CommandLine() {
    std::ofstream(ini()) << "[xaodbc]\nlog = " << (scratch_.path() / "log").string()
                         << "\n[bank]\nconnection = Driver=/nonexistent/driver.so;PWD=hunter2\n";
  }
  [[nodiscard]] std::string ini() const { return (scratch_.path() / "x.ini").string(); }

  /// With standard output where it is.
  int run_uncaptured(const std::vector<std::string>& words) {
    std::vector<const char*> arguments{"xaodbc"};
    for (const std::string& word : words) arguments.push_back(word.c_str());
    testing::internal::CaptureStderr();
    const int status = run_tool(static_cast<int>(arguments.size()), arguments.data());
    error_ = testing::internal::GetCapturedStderr();
    return status;
  }
  int run(const std::vector<std::string>& words) {
    testing::internal::CaptureStdout();
    const int status = run_uncaptured(words);
    out_ = testing::internal::GetCapturedStdout();
    EXPECT_EQ((out_ + error_).find("hunter2"), std::string::npos);
    return status;
  }

  support::ScratchDirectory scratch_;
  std::string out_;
  std::string error_;
};

TEST_F(CommandLine, HelpAndVersionAreNoErrors) {
  EXPECT_EQ(run({"--version"}), 0);
  EXPECT_EQ(out_, std::string("xaodbc ") + XAODBC_VERSION + "\n");
  EXPECT_EQ(run({"--help"}), 0);
  EXPECT_NE(out_.find("doctor"), std::string::npos);
}

TEST_F(CommandLine, HelpOnEveryCommandHasAnExampleAndTellsTheExitStatus) {
  const std::vector<std::vector<std::string>> commands = {
      {"scan"},   {"show"},        {"commit"},        {"rollback"}, {"forget"},
      {"doctor"}, {"log", "dump"}, {"log", "verify"}, {"demo"},     {"log", "quarantine"}};
  for (std::vector<std::string> command : commands) {
    command.emplace_back("--help");
    EXPECT_EQ(run(command), 0);
    EXPECT_NE(out_.find("Example"), std::string::npos) << command[0];
    EXPECT_NE(out_.find("Exit status: 0 "), std::string::npos) << testing::PrintToString(command);
  }
}

TEST_F(CommandLine, MistakesAreErrorsOfOneLine) {
  const std::vector<std::vector<std::string>> mistakes = {
      {},
      {"frobnicate"},
      {"scan", "--older-than", "5"},
      {"scan", "--no-such-option"},
      {"show", "bank"},
      {"commit", "bank", "1:00:"},
      {"commit", "bank", "1:00:", "--reason", ""},
      {"commit", "bank", "1:00:", "--reason", " \t "},
      {"show", "", "1:00:"},
      {"scan", ""},
      {"doctor", "bank", " "},
      {"rollback", "bank", "--reason", "x"},
      {"log"},
      {"log", "quarantine", "--reason", "x"},
      {"log", "quarantine", "file"},
      {"log", "quarantine", "file", "--reason", ""},
      {"log", "quarantine", "file", "--reason", "  "}};
  for (const auto& words : mistakes) {
    EXPECT_EQ(run(words), 2) << testing::PrintToString(words);
    EXPECT_EQ(out_, "");
    EXPECT_EQ(error_.rfind("xaodbc: ", 0), 0U) << error_;
    EXPECT_EQ(error_.find('\n'), error_.size() - 1) << error_;
  }
}

TEST_F(CommandLine, ReasonOfBlanksIsCalledMissing) {
  run({"log", "quarantine", "file", "--reason", "  "});
  EXPECT_EQ(error_, "xaodbc: --reason: a reason is needed; see --help\n");
  run({"commit", "bank", "1:00:", "--reason", "\n"});
  EXPECT_EQ(error_, "xaodbc: --reason: a reason is needed; see --help\n");
}

TEST_F(CommandLine, WordTooManyIsNotCalledACommand) {
  EXPECT_EQ(run({"commit", "bank", "1:00:", "now"}), 2);
  EXPECT_NE(error_.find("--reason is required"), std::string::npos) << error_;
}

TEST_F(CommandLine, OfALongWordOnlyTheBeginningIsRepeated) {
  const std::string word(100'000, 'x');
  for (const auto& words : std::vector<std::vector<std::string>>{{"show", "bank", word},
                                                                 {"show", "bank", "1:00:" + word},
                                                                 {"scan", word},
                                                                 {"scan", "--older-than", word},
                                                                 {word}}) {
    auto line = words;
    line.insert(line.begin(), {"--ini", ini()});
    EXPECT_EQ(run(line), 2) << words[0];
    EXPECT_NE(error_.find("xxx...'"), std::string::npos) << error_.substr(0, 300);
    EXPECT_LT(error_.size(), 400U) << words[0];
  }
}

TEST_F(CommandLine, IniMayStandBeforeAndBehindTheCommand) {
  EXPECT_EQ(run({"--ini", ini(), "log", "verify"}), 0);
  EXPECT_EQ(run({"log", "verify", "--ini", ini()}), 0);
}

TEST_F(CommandLine, IniThatCannotBeReadIsAnErrorEverywhere) {
  const std::string none = "/nonexistent/x.ini";
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"scan", "--ini", none},
           {"show", "bank", "1:00:", "--ini", none},
           {"commit", "bank", "1:00:", "--reason", "x", "--yes", "--ini", none},
           {"forget", "bank", "1:00:", "--yes", "--ini", none},
           {"doctor", "--ini", none},
           {"log", "verify", "--ini", none},
           {"demo", "--ini", none}}) {
    EXPECT_EQ(run(words), 2) << words[0];
    EXPECT_NE((out_ + error_).find(none), std::string::npos) << words[0];
  }
}

TEST_F(CommandLine, UnreachableResourceIsAnErrorAndNoBranch) {
  EXPECT_EQ(run({"scan", "--ini", ini()}), 2);
  EXPECT_EQ(out_, "");
  EXPECT_EQ(error_.rfind("xaodbc: bank: cannot connect", 0), 0U) << error_;
  EXPECT_EQ(run({"scan", "--json", "--ini", ini()}), 2);
  const auto json = nlohmann::json::parse(out_);
  EXPECT_TRUE(json["branches"].empty());
  ASSERT_EQ(json["errors"].size(), 1U);
  EXPECT_EQ(json["errors"][0]["resource"], "bank");
}

/// The first two would else come to 0, doctor to 1: its driver does not exist.
TEST_F(CommandLine, OutputThatCannotBeWrittenIsAnError) {
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"--help"}, {"scan", "--help"}, {"doctor", "--ini", ini()}}) {
    {
      const OutputOnFullDevice full;
      EXPECT_EQ(run_uncaptured(words), 2) << words[0];
    }
    EXPECT_EQ(error_.rfind("xaodbc: standard output cannot be written", 0), 0U) << error_;
  }
  EXPECT_EQ(run({"--help"}), 0) << "the device is another one again";
}

TEST_F(CommandLine, CommandThatHasNothingToSayNeedsNoRoom) {
  const OutputOnFullDevice full;
  EXPECT_EQ(run_uncaptured({"log", "verify", "--ini", ini()}), 0) << error_;
}

TEST_F(CommandLine, ScanLeavesNoLogDirectoryBehind) {
  run({"scan", "--ini", ini()});
  EXPECT_FALSE(std::filesystem::exists(scratch_.path() / "log"));
}

TEST_F(CommandLine, LogThatIsAFileIsCalledThat) {
  const auto log = scratch_.write("log", "not a directory");
  EXPECT_EQ(run({"scan", "--ini", ini()}), 2);
  EXPECT_NE(error_.find(log.string() + " is a file, not a directory; correct 'log'"),
            std::string::npos)
      << error_;
}

TEST_F(CommandLine, LogBehindAFileIsNotOneInWhichNothingIsInDoubt) {
  const auto file = scratch_.write("file", "not a directory");
  std::ofstream(ini()) << "[xaodbc]\nlog = " << (file / "log").string()
                       << "\n[bank]\nconnection = Driver=/nonexistent/driver.so\n";
  EXPECT_EQ(run({"scan", "--ini", ini()}), 2);
  EXPECT_NE(error_.find(file.string() + " is a file, not a directory"), std::string::npos)
      << error_;
}

TEST_F(CommandLine, UnknownResourceIsAnErrorThatNamesTheKnownOnes) {
  EXPECT_EQ(run({"scan", "bonk", "--ini", ini()}), 2);
  EXPECT_NE(error_.find("the file has: bank"), std::string::npos) << error_;
}

TEST_F(CommandLine, DecisionsNeedATerminalOrYes) {
  for (const char* command : {"commit", "rollback"}) {
    EXPECT_EQ(run({command, "bank", "1:00:", "--reason", "x", "--ini", ini()}), 1);
    EXPECT_NE(error_.find("--yes"), std::string::npos);
  }
  EXPECT_EQ(run({"forget", "bank", "1:00:", "--ini", ini()}), 1);
  EXPECT_NE(error_.find("--yes"), std::string::npos);
}

TEST_F(CommandLine, BranchThatNobodyCouldLookForIsNotCalledUnknown) {
  EXPECT_EQ(run({"show", "bank", "1:00:", "--ini", ini()}), 2);
  EXPECT_EQ(run({"commit", "bank", "1:00:", "--reason", "x", "--yes", "--ini", ini()}), 2);
  EXPECT_NE(error_.find("not everything could be looked at"), std::string::npos) << error_;
}

TEST_F(CommandLine, DoctorExplainsAResourceThatLeadsNowhere) {
  EXPECT_EQ(run({"doctor", "--ini", ini()}), 1);
  EXPECT_NE(out_.find("problem"), std::string::npos);
  EXPECT_EQ(run({"doctor", "--json", "--ini", ini()}), 1);
  const auto json = nlohmann::json::parse(out_);
  bool found = false;
  for (const auto& finding : json["findings"]) {
    found = found || (finding["resource"] == "bank" && finding["level"] == "problem" &&
                      finding["todo"].is_string());
  }
  EXPECT_TRUE(found) << out_;
}

TEST_F(CommandLine, DoctorWarnsOfASecretThatEverybodyCanRead) {
  std::filesystem::permissions(ini(), std::filesystem::perms(0644));
  run({"doctor", "--ini", ini()});
  EXPECT_NE(out_.find("has a password in it and is open to every user"), std::string::npos);
  std::filesystem::permissions(ini(), std::filesystem::perms(0640));
  run({"doctor", "--ini", ini()});
  EXPECT_EQ(out_.find("has a password in it"), std::string::npos);
  EXPECT_NE(out_.find("is readable, 1 resource\n"), std::string::npos) << out_;
}

}  // namespace
}  // namespace xaodbc::recovery
