#include "conformance/verb.h"

#include <xaodbc/xa.h>

#include <array>
#include <cstdio>
#include <utility>

namespace xaodbc::conformance {
namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(Verb::kCount)> kVerbs = {
    "xa_open",    "xa_close",  "xa_start",   "xa_end",    "xa_rollback",
    "xa_prepare", "xa_commit", "xa_recover", "xa_forget", "xa_complete"};

constexpr std::array<std::pair<unsigned long, std::string_view>, 12> kFlags = {{
    {TMASYNC, "TMASYNC"},
    {TMONEPHASE, "TMONEPHASE"},
    {TMFAIL, "TMFAIL"},
    {TMNOWAIT, "TMNOWAIT"},
    {TMRESUME, "TMRESUME"},
    {TMSUCCESS, "TMSUCCESS"},
    {TMSUSPEND, "TMSUSPEND"},
    {TMSTARTRSCAN, "TMSTARTRSCAN"},
    {TMENDRSCAN, "TMENDRSCAN"},
    {TMMULTIPLE, "TMMULTIPLE"},
    {TMJOIN, "TMJOIN"},
    {TMMIGRATE, "TMMIGRATE"},
}};

void append(std::string& text, std::string_view word) {
  if (!text.empty()) text += "|";
  text += word;
}

}  // namespace

std::string_view name_of(Verb verb) { return kVerbs[static_cast<std::size_t>(verb)]; }

std::string flags_text(long flags) {
  auto left = static_cast<unsigned long>(flags);
  if (left == TMNOFLAGS) return "TMNOFLAGS";
  std::string text;
  for (const auto& [bit, name] : kFlags) {
    if ((left & bit) == 0) continue;
    append(text, name);
    left &= ~bit;
  }
  if (left != 0) {
    std::array<char, 24> hex{};
    std::snprintf(hex.data(), hex.size(), "0x%lx", left);
    append(text, hex.data());
  }
  return text;
}

}  // namespace xaodbc::conformance
