#pragma once

#include <functional>
#include <string>

#include "log/branch_log.h"
#include "odbc/database.h"
#include "recovery/facts.h"

namespace xaodbc::recovery {

/// How an operator's command ended; the numbers are the tool's exit statuses.
enum class Ending { kDone = 0, kNothingDone = 1, kError = 2 };

struct Outcome {
  Ending ending = Ending::kError;
  std::string message;  ///< what happened and what to do next
};

struct Order {
  odbc::Decision decision = odbc::Decision::kRollback;
  std::string operator_name;
  std::string reason;
};

/// odbc::Database::settle of the branch's database, with a deadline of its own. It fills in the
/// name that the branch has on the server; the claim has the XID and what the log knows.
using Settle = std::function<Result<odbc::Settlement>(const odbc::Claim&, odbc::Decision)>;

/// An operator's decision (I4): it is durable in the log before anything is sent to the server, it
/// stays there until the TM was told, and an order that was cut off is completed by repeating it.
/// A decision that turns out to have changed nothing, because the branch was finished otherwise or
/// the server refused, is withdrawn, so that the TM is not told of a heuristic that never was.
/// The caller has made sure that the verdict on `facts` allows the order.
Outcome carry_out(const Order& order, const BranchFacts& facts, log::BranchLog& log,
                  const Settle& settle);

/// Drops the decision that an operator took; never touches data. The caller has made sure that the
/// verdict on `facts` allows it.
Outcome forget(const std::string& operator_name, const BranchFacts& facts, log::BranchLog& log);

}  // namespace xaodbc::recovery
