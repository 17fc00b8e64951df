#include "recovery/scan_command.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "base/text.h"
#include "recovery/console.h"
#include "recovery/report.h"
#include "recovery/scan.h"

namespace xaodbc::recovery {

int run_scan(const ScanOptions& options) {
  auto scan = scan_all(options.ini, options.resources, posix_files());
  // A program that reads JSON gets it even when there is nothing else to say.
  if (!scan) {
    print_error(scan.error().message());
    Report report;
    report.errors.push_back({"", scan.error().message()});
    if (options.json) print_out(to_json(report, wall_time_us()));
    return 2;
  }
  Report report = make_report(*std::move(scan));
  const std::int64_t now_us = wall_time_us();
  keep_relevant(report, options.older_than, now_us);
  print_out(options.json ? to_json(report, now_us) : to_text(report, now_us));
  for (const ScanError& error : report.errors) {
    print_error(printable(fmt::format("{}: {}", excerpt(error.resource), error.message)));
  }
  if (!report.errors.empty()) return 2;
  return report.lines.empty() ? 0 : 1;
}

}  // namespace xaodbc::recovery
