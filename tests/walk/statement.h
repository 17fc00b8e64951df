#pragma once

#include <string>

#include "tests/walk/dice.h"
#include "tests/walk/schema.h"

namespace xaodbc::walk {

/// An INSERT, UPDATE, DELETE or upsert on one of the tables, with every OR but ROLLBACK.
std::string random_statement(Dice& dice, const Schema& schema);

}  // namespace xaodbc::walk
