#include "tests/torture/lines.h"

#include <sstream>
#include <stdexcept>

namespace xaodbc::torture {

Lines read_lines(Database& database, const std::vector<std::string>& tables) {
  Lines lines;
  for (const std::string& table : tables) {
    const std::string rows = database.ask("SELECT * FROM " + table);
    if (database.code() != SQLITE_OK) throw std::runtime_error(rows);
    std::istringstream in(rows);
    for (std::string line; std::getline(in, line);) ++lines[table + "|" + line];
  }
  return lines;
}

std::string difference(const Lines& before, const Lines& after) {
  Lines changes = after;
  for (const auto& [line, count] : before) changes[line] -= count;
  std::string out;
  for (const auto& [line, count] : changes) {
    for (int i = 0; i < count; ++i) out += "+" + line + "\n";
    for (int i = 0; i > count; --i) out += "-" + line + "\n";
  }
  return out;
}

void add(Lines& lines, const std::string& difference) {
  std::istringstream in(difference);
  for (std::string line; std::getline(in, line);) {
    const std::string row = line.substr(1);
    if ((lines[row] += line[0] == '+' ? 1 : -1) == 0) lines.erase(row);
  }
}

}  // namespace xaodbc::torture
