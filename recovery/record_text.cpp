#include "recovery/record_text.h"

#include <fmt/format.h>

#include "recovery/console.h"
#include "recovery/duration.h"

namespace xaodbc::recovery {

std::string describe_fields(const log::Record& record) {
  std::string text;
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) text += fmt::format("  {}={}", name, printable(value));
  };
  if (record.outcome != log::Outcome::kNone) add("outcome", log::to_string(record.outcome));
  if (record.type == log::RecordType::kDone) {
    switch (record.decider) {
      case log::Decider::kTransactionManager:
        add("decided-by", "transaction-manager");
        break;
      case log::Decider::kOperator:
        add("decided-by", "operator");
        break;
      case log::Decider::kNobody:
        add("decided-by", "nobody");
        break;
    }
  }
  add("gid", record.gid);
  add("server", record.server);
  add("session", record.session);
  add("transaction", record.transaction_id);
  add("operator", record.operator_name);
  add("reason", record.reason);
  return text;
}

std::string describe(const log::Record& record) {
  return fmt::format("{}  pid {}  {}{}", format_time(record.time_us), record.pid,
                     log::to_string(record.type), describe_fields(record));
}

}  // namespace xaodbc::recovery
