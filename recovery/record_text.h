#pragma once

#include <string>

#include "log/record.h"

namespace xaodbc::recovery {

/// The fields of a record that its type uses, for people: `  outcome=committed  operator=ann`.
std::string describe_fields(const log::Record& record);

/// Time, writer, type and fields.
std::string describe(const log::Record& record);

}  // namespace xaodbc::recovery
