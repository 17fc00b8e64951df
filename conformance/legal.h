#pragma once

#include <string>

#include "conformance/verb.h"

namespace xaodbc::conformance {

/// Table 5.1: all flags that a verb knows, in one word.
unsigned long known_flags(Verb verb);

/// Table 5.2: may `verb`, called with these flags, ever answer this?
bool is_legal_answer(Verb verb, long flags, int code);
/// The answers that it may give, as the table writes them.
std::string legal_answers(Verb verb, long flags);

}  // namespace xaodbc::conformance
