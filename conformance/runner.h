#pragma once

#include <functional>
#include <vector>

#include "conformance/cell.h"
#include "conformance/outcome.h"
#include "conformance/session.h"

namespace xaodbc::conformance {

/// The cells that the command line asks for.
Cells chosen_cells(const Options& options);

/// Opens every rmid in the calling thread, which keeps the resources in use until close_all: what a
/// switch sets up for the first thread is not set up again for every cell. Not ok: nothing can be
/// driven.
Status open_all(Session& session);
void close_all(Session& session);

/// Drives the cells. `before` is told of each. After a call that does not come back the rest is not
/// driven, and the process must be ended by quick_exit: a thread of it stands in the library.
struct Run {
  std::vector<Outcome> outcomes;
  bool is_stuck = false;
};
Run drive(const Cells& cells, Session& session,
          const std::function<void(std::size_t number, const Cell& cell)>& before);

}  // namespace xaodbc::conformance
