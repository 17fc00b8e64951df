#include "conformance/cell.h"

namespace xaodbc::conformance {

Cells all_cells() {
  Cells cells;
  for (const auto add :
       {add_layout_cells, add_flag_cells, add_registration_cells, add_state_cells, add_open_cells,
        add_xid_cells, add_bad_xid_cells, add_scan_cells, add_long_scan_cells, add_work_cells,
        add_rmid_cells, add_thread_cells, add_answer_cells}) {
    add(cells);
  }
  return cells;
}

}  // namespace xaodbc::conformance
