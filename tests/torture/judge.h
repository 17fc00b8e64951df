#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/torture/board.h"
#include "tests/torture/ledger.h"

namespace xaodbc::torture {

/// Holds the file against the board and the model, at any moment, while others work on it.
class Judge {
 public:
  Judge(Board& board, std::filesystem::path file) : board_(board), file_(std::move(file)) {}

  void verify();
  /// Likewise, when everybody is gone and everything is decided.
  void verify_end();

 private:
  using Stages = std::map<std::uint32_t, Stage>;

  Stages stages();
  void check_file(Database& database);
  void check_model(Database& database);
  void check_list(const std::string& listed, const Stages& stages);
  void check_outcomes(const Stages& stages);
  void check_numbers(const std::string& delta);
  void note_applied(const std::string& id);

  Board& board_;
  std::filesystem::path file_;
  Lines base_;                     ///< what was in the tables the last time
  std::set<std::uint32_t> open_;   ///< slots whose outcome was not judged yet
  std::uint32_t known_ = 0;        ///< slots that were looked at
  std::set<std::string> numbers_;  ///< of AUTOINCREMENT that were given out
};

}  // namespace xaodbc::torture
