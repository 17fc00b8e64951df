#include "odbc/connection_string.h"

#include <algorithm>

#include "base/text.h"

namespace xaodbc::odbc {
namespace {

/// The value at the front of `text`, braces removed and `}}` undone; `text` moves behind its `;`.
Secret take_value(std::string_view& text) {
  Secret value;
  if (!text.starts_with('{')) {
    const auto end = std::min(text.find(';'), text.size());
    value += trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    return value;
  }
  std::size_t i = 1;
  for (; i < text.size(); ++i) {
    if (text[i] == '}' && (i + 1 >= text.size() || text[i + 1] != '}')) break;
    if (text[i] == '}') ++i;
    value += text.substr(i, 1);
  }
  const auto end = text.find(';', std::min(i, text.size()));
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return value;
}

/// psqlODBC 13.02 and Connector/ODBC 3.1.15 both take braces with a doubled closing brace; without
/// braces psqlODBC undoes %xx and + in a password.
void append_quoted(Secret& out, std::string_view value) {
  const bool plain = std::ranges::all_of(value, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("._-/:").find(c) != std::string_view::npos;
  });
  if (plain) {
    out += value;
    return;
  }
  out += "{";
  for (const char& c : value) {
    out += {&c, 1};
    if (c == '}') out += "}";
  }
  out += "}";
}

}  // namespace

ConnectionString::ConnectionString(std::string_view text) {
  while (!text.empty()) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) return;
    auto key = text.substr(0, equals);
    const auto stray = key.rfind(';');
    if (stray != std::string_view::npos) key.remove_prefix(stray + 1);
    text.remove_prefix(equals + 1);
    const auto start = text.find_first_not_of(" \t");
    text.remove_prefix(std::min(start, text.size()));
    add(std::string(trim(key)), take_value(text).reveal());
  }
}

void ConnectionString::add(std::string key, std::string_view value) {
  if (!key.empty()) pairs_.emplace_back(std::move(key), Secret(value));
}

void ConnectionString::remove(std::string_view key) {
  const std::string wanted = to_lower(key);
  std::erase_if(pairs_, [&](const auto& pair) { return to_lower(pair.first) == wanted; });
}

std::string_view ConnectionString::get(std::string_view key) const {
  const std::string wanted = to_lower(key);
  for (const auto& [name, value] : pairs_) {
    if (to_lower(name) == wanted) return value.reveal();
  }
  return {};
}

Secret ConnectionString::text() const {
  Secret out;
  for (const auto& [key, value] : pairs_) {
    out += key;
    out += "=";
    append_quoted(out, value.reveal());
    out += ";";
  }
  return out;
}

}  // namespace xaodbc::odbc
