#pragma once

#include <array>

#include "filter/libpq.h"
#include "filter/wire.h"

namespace xaodbc::filter {

/// A function of libpq that the driver is led past.
struct Hook {
  const char* name;
  void* function;  ///< ours
};

/// Everything by which psqlODBC sends, what it reads answers with, and what ends a connection.
const std::array<Hook, 10>& hooks();

/// Libpq as the hooks call it. False when they already call another one.
bool use_libpq(const Libpq& functions);
const Libpq& libpq();
/// As the server has it, whatever the driver is told.
Transaction transaction_of(const PgConnection* connection);
/// True for the answer that a statement failed.
bool failed(const PgResult* result);

/// From here until found() the first connection on which this thread sends is noted in a new wire.
void seek(const char* sentinel);
Wire* found();

}  // namespace xaodbc::filter
