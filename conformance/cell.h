#pragma once

#include <functional>
#include <string>
#include <vector>

#include "conformance/trial.h"

namespace xaodbc::conformance {

/// One cell of the standard's tables, or one rule of its text. `name` never changes its meaning;
/// what stands before its first slash is the section of the reference.
struct Cell {
  std::string name;
  std::string clause;
  std::function<void(Trial&)> body;
};
using Cells = std::vector<Cell>;

// One function for each file <topic>_cells.cpp; what they add does not depend on the switch.
void add_layout_cells(Cells& cells);
void add_flag_cells(Cells& cells);
void add_state_cells(Cells& cells);
void add_open_cells(Cells& cells);
void add_registration_cells(Cells& cells);
void add_xid_cells(Cells& cells);
void add_bad_xid_cells(Cells& cells);
void add_scan_cells(Cells& cells);
void add_long_scan_cells(Cells& cells);
void add_work_cells(Cells& cells);
void add_rmid_cells(Cells& cells);
void add_thread_cells(Cells& cells);
/// Last: they look at the answers of all others.
void add_answer_cells(Cells& cells);

/// All of them, in the order in which they are driven.
Cells all_cells();

}  // namespace xaodbc::conformance
