#include "sqlite/sql_text.h"

#include <algorithm>
#include <vector>

#include "sqlite/schema.h"

namespace xaodbc::sqlite {
namespace {

/// Where a comment or something in quotes ends that begins at a place; that place if none does.
std::size_t end_of_opaque(std::string_view sql, std::size_t place) {
  const auto behind = [sql](std::string_view closing, std::size_t from) {
    const std::size_t found = sql.find(closing, from);
    return found == std::string_view::npos ? sql.size() : found + closing.size();
  };
  const std::string_view rest = sql.substr(place);
  if (rest.starts_with("--")) return behind("\n", place + 2);
  if (rest.starts_with("/*")) return behind("*/", place + 2);
  // A quote that is doubled ends one and begins another, which comes to the same.
  const std::string_view first = rest.substr(0, 1);
  if (first == "'" || first == "\"" || first == "`") return behind(first, place + 1);
  return first == "[" ? behind("]", place + 1) : place;
}

/// With what begins a variable, which may be named like a keyword.
bool is_in_word(char letter) {
  constexpr std::string_view kAlso = "_$:@#";
  const bool is_alphanumeric = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
  return is_alphanumeric || kAlso.find(letter) != std::string_view::npos ||
         static_cast<unsigned char>(letter) >= 0x80;
}

char small(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

std::size_t end_of_word(std::string_view sql, std::size_t place) {
  while (place < sql.size() && is_in_word(small(sql[place]))) ++place;
  return place;
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> found;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t begin = i;
    while (i < text.size() && is_in_word(text[i])) ++i;
    if (i > begin) found.push_back(text.substr(begin, i - begin));
  }
  return found;
}

}  // namespace

std::string unquoted(std::string_view sql) {
  std::string out;
  for (std::size_t i = 0; i < sql.size();) {
    const std::size_t end = end_of_opaque(sql, i);
    out.push_back(end == i ? small(sql[i]) : ' ');
    i = std::max(end, i + 1);
  }
  return out;
}

bool is_select_without_tables(std::string_view sql) {
  const std::string text = unquoted(sql);
  const std::vector<std::string_view> found = words(text);
  const auto reads = [](std::string_view word) { return word == "from" || word == "in"; };
  return !found.empty() && found.front() == "select" && std::ranges::none_of(found, reads);
}

std::string condition_of_index(std::string_view sql) {
  constexpr std::string_view kWhere = "where";
  for (std::size_t i = 0; i < sql.size();) {
    const std::size_t opaque = end_of_opaque(sql, i);
    const std::size_t end = opaque > i ? opaque : end_of_word(sql, i);
    if (same_name(sql.substr(i, end - i), kWhere)) return std::string(sql.substr(end));
    i = std::max(end, i + 1);
  }
  return "";
}

bool mentions(std::string_view sql, std::string_view name) {
  for (std::size_t i = 0; i < sql.size();) {
    std::size_t end = end_of_opaque(sql, i);
    // A quote that is doubled belongs to the name.
    while (sql[i] == '"' && sql.substr(end).starts_with('"')) end = end_of_opaque(sql, end);
    if (same_name(sql.substr(i, end - i), name)) return true;
    i = std::max(end, i + 1);
  }
  return false;
}

bool has_pair(std::string_view sql, std::string_view first, std::string_view second) {
  const std::string text = unquoted(sql);
  const std::vector<std::string_view> found = words(text);
  const auto is_pair = [&](std::string_view a, std::string_view b) {
    return a == first && b == second;
  };
  return std::ranges::adjacent_find(found, is_pair) != found.end();
}

}  // namespace xaodbc::sqlite
