#pragma once

#include <string>
#include <vector>

#include "bench/report.h"

namespace xaodbc::bench {

/// An SVG: throughput of `scenario` against threads, one panel for each setting, one line for each
/// contestant.
std::string draw_chart(const std::vector<Contested>& results, const std::string& scenario);

}  // namespace xaodbc::bench
