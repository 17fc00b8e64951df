#pragma once

#include <string>
#include <string_view>

#include "log/proof.h"
#include "odbc/dialect.h"

/// A branch that the log knows and the server does not list any more.
namespace xaodbc::recovery {

/// The server's word in the log's terms: the two layers do not know each other.
log::ServerWord word_of(odbc::ServerProof proof);

/// What the server proves, for people.
std::string_view describe_proof(odbc::ServerProof proof);

/// What the TM will be answered, by the same rules as the library's.
std::string foretell_answers(const log::BranchHistory& history, odbc::ServerProof proof);

}  // namespace xaodbc::recovery
