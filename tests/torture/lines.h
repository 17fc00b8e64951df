#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/torture/database.h"

namespace xaodbc::torture {

/// Rows of all tables, each as a line, with how often it is there.
using Lines = std::map<std::string, int>;

/// Throws if the database cannot be read.
Lines read_lines(Database& database, const std::vector<std::string>& tables);
/// What turns `before` into `after`: lines with + or - in front.
std::string difference(const Lines& before, const Lines& after);
void add(Lines& lines, const std::string& difference);

}  // namespace xaodbc::torture
