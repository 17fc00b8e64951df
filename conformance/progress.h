#pragma once

#include <cstddef>
#include <string>

namespace xaodbc::conformance {

/// Where the run is, on standard error when that is a terminal. A switch that crashes takes this
/// program with it: then the last words name the cell.
class Progress {
 public:
  explicit Progress(std::size_t cells);
  void show(std::size_t number, const std::string& cell) const;
  void end() const;

 private:
  std::size_t cells_;
  bool is_terminal_;
};

}  // namespace xaodbc::conformance
