#include "conformance/answers.h"

#include <xaodbc/xa.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

namespace xaodbc::conformance {
namespace {

constexpr std::array<std::pair<int, std::string_view>, 24> kCodes = {{
    {XA_RBROLLBACK, "XA_RBROLLBACK"}, {XA_RBCOMMFAIL, "XA_RBCOMMFAIL"},
    {XA_RBDEADLOCK, "XA_RBDEADLOCK"}, {XA_RBINTEGRITY, "XA_RBINTEGRITY"},
    {XA_RBOTHER, "XA_RBOTHER"},       {XA_RBPROTO, "XA_RBPROTO"},
    {XA_RBTIMEOUT, "XA_RBTIMEOUT"},   {XA_RBTRANSIENT, "XA_RBTRANSIENT"},
    {XA_NOMIGRATE, "XA_NOMIGRATE"},   {XA_HEURHAZ, "XA_HEURHAZ"},
    {XA_HEURCOM, "XA_HEURCOM"},       {XA_HEURRB, "XA_HEURRB"},
    {XA_HEURMIX, "XA_HEURMIX"},       {XA_RETRY, "XA_RETRY"},
    {XA_RDONLY, "XA_RDONLY"},         {XA_OK, "XA_OK"},
    {XAER_ASYNC, "XAER_ASYNC"},       {XAER_RMERR, "XAER_RMERR"},
    {XAER_NOTA, "XAER_NOTA"},         {XAER_INVAL, "XAER_INVAL"},
    {XAER_PROTO, "XAER_PROTO"},       {XAER_RMFAIL, "XAER_RMFAIL"},
    {XAER_DUPID, "XAER_DUPID"},       {XAER_OUTSIDE, "XAER_OUTSIDE"},
}};

bool means(std::string_view word, int code) {
  if (word == "ANY") return true;
  if (word == "n") return code >= 0;
  if (word == "RB") return is_rolled_back(code);
  if (word == "HEUR") return is_heuristic(code);
  const std::string name = code_name(code);
  return word == std::to_string(code) || name.substr(name.find('_') + 1) == word;
}

std::string_view before_slash(std::string_view text) { return text.substr(0, text.find('/')); }
std::string_view after_slash(std::string_view text) {
  const auto slash = text.find('/');
  return slash == std::string_view::npos ? std::string_view() : text.substr(slash + 1);
}

}  // namespace

Answers::Answers(std::string_view words) {
  std::istringstream stream{std::string(words)};
  for (std::string word; stream >> word;) words_.push_back(word);
}

bool Answers::contain(int code) const {
  return std::ranges::any_of(words_, [code](const auto& word) { return means(word, code); });
}

std::string Answers::text() const {
  std::string text;
  for (const auto& word : words_) text += (text.empty() ? "" : " ") + word;
  return text;
}

Expectation::Expectation(std::string_view text)
    : expected(before_slash(text)), allowed(after_slash(text)) {}

std::string code_name(int code) {
  const auto* const found =
      std::ranges::find(kCodes, code, &std::pair<int, std::string_view>::first);
  return found == kCodes.end() ? std::to_string(code) : std::string(found->second);
}

}  // namespace xaodbc::conformance
