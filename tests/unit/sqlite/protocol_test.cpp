#include <fstream>
#include <map>
#include <memory>

#include "tests/unit/sqlite/sqlite_kit.h"

namespace xaodbc::sqlite {
namespace {

class ProtocolTest : public SqliteTest {
 protected:
  Database& connection(char name) {
    auto& connection = connections_[name];
    const Extension extension = name == 'S' ? Extension::kNone : Extension::kLoaded;
    if (!connection) connection = std::make_unique<Database>(file(), extension);
    return *connection;
  }

 private:
  std::map<char, std::unique_ptr<Database>> connections_;
};

TEST_F(ProtocolTest, TheExampleOfTheDocumentIsWhatHappens) {
  std::ifstream document(XAODBC_SOURCE_DIR "/sqlite/PROTOCOL.md");
  std::string line, sql, expected, answer;
  int statements = 0;
  const auto compare = [&] {
    EXPECT_EQ(answer, expected) << sql;
    expected.clear();
  };
  while (std::getline(document, line) && line != "```") {
  }
  while (std::getline(document, line) && line != "```") {
    if (line.size() > 3 && line.compare(1, 2, "> ") == 0) {
      compare();
      sql = line.substr(3);
      answer = connection(line[0]).ask(sql);
      ++statements;
    } else {
      expected += (expected.empty() ? "" : "\n") + line;
    }
  }
  compare();
  EXPECT_GT(statements, 10);
}

}  // namespace
}  // namespace xaodbc::sqlite
