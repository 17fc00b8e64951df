#pragma once

#include <cstdint>
#include <vector>

#include "base/status.h"
#include "log/own_segment.h"
#include "log/segment_index.h"

namespace xaodbc::log {

using Indexes = std::vector<const SegmentIndex*>;

/// What must survive when the segments `leaving` go away while `staying` remain:
/// - the whole history of every branch that must be kept (lives.h);
/// - of a finished branch nothing, except where a segment that stays alone makes it look
///   unfinished: then its ends, or it would come back to life.
/// Looks at unfinished branches only, however many finished ones the segments hold.
Result<CarryOver> select_carry_over(const Indexes& leaving, const Indexes& staying,
                                    std::int64_t now_us);

/// The same when it is not known what stays, because a segment there is damaged: every end is kept.
Result<CarryOver> carry_over_everything(const Indexes& leaving, std::int64_t now_us);

}  // namespace xaodbc::log
