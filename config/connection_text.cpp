#include "config/connection_text.h"

#include <algorithm>
#include <string>

#include "base/text.h"
#include "config/password_keys.h"

namespace xaodbc::config {
namespace {

Status slip(std::string_view key, const std::string& what) {
  return {StatusCode::kInvalidArgument, "has a slip at " + std::string(key) + ": " + what};
}

/// Where a value in braces ends, behind its closing brace, which a doubled one is not; npos
/// without.
std::size_t end_of_braces(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] != '}') continue;
    if (i + 1 == text.size() || text[i + 1] != '}') return i + 1;
    ++i;
  }
  return std::string_view::npos;
}

bool hides_password(std::string_view value) {
  const std::string small = to_lower(value);
  return std::ranges::any_of(kPasswordKeys, [&small](std::string_view key) {
    return small.find(to_lower(key) + "=") != std::string::npos;
  });
}

}  // namespace

Status check_connection(std::string_view text) {
  while (!text.empty()) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) break;
    const std::string_view before = text.substr(0, equals);
    const std::string_view key = trim(before.substr(before.rfind(';') + 1));
    text.remove_prefix(equals + 1);
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    const std::size_t braces = text.starts_with('{') ? end_of_braces(text) : 0;
    if (braces == std::string_view::npos) return slip(key, "'{' has no '}'");
    const std::size_t end = std::min(text.find(';', braces), text.size());
    if (!is_password_key(key) && hides_password(text.substr(0, end))) {
      return slip(key, "its value has a password in it; a ';' must end the value in front of it");
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return Status::ok();
}

}  // namespace xaodbc::config
