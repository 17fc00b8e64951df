#include "filter/rewrite.h"

#include <algorithm>

namespace xaodbc::filter {
namespace {

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Takes `word` from the front of `text`, with the blanks before it.
bool take_word(std::string_view& text, std::string_view word) {
  std::string_view rest = text;
  while (!rest.empty() && is_blank(rest.front())) rest.remove_prefix(1);
  if (rest.size() < word.size() || !std::equal(word.begin(), word.end(), rest.begin(),
                                               [](char a, char b) { return a == upper(b); })) {
    return false;
  }
  rest.remove_prefix(word.size());
  if (!rest.empty() && !is_blank(rest.front())) return false;
  text = rest;
  return true;
}

/// Letters, commas and blanks cannot hide a second statement.
bool is_set_transaction(std::string_view text) {
  if (!take_word(text, "SET") || !take_word(text, "TRANSACTION")) return false;
  while (!text.empty() && (is_blank(text.back()) || text.back() == ';')) text.remove_suffix(1);
  return std::ranges::all_of(
      text, [](char c) { return is_blank(c) || c == ',' || (upper(c) >= 'A' && upper(c) <= 'Z'); });
}

}  // namespace

Rewrite rewrite(std::string_view text, bool inside_transaction, std::string_view sentinel) {
  constexpr std::string_view kBegin = "BEGIN;";
  constexpr int kSentinelStatements = 2;
  Rewrite result;
  if (!inside_transaction) {
    result.text = kBegin;
    result.hidden = 1;
  }
  if (!is_set_transaction(text)) {
    result.text += sentinel;
    result.hidden += kSentinelStatements;
    result.carries_sentinel = true;
  }
  result.shift = static_cast<int>(result.text.size());
  result.text += text;
  return result;
}

}  // namespace xaodbc::filter
