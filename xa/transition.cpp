#include "xa/transition.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace xaodbc::xa {
namespace {

template <class Enum>
constexpr std::size_t kSize = static_cast<std::size_t>(Enum::kCount);

using Row = std::string_view;  ///< one character for each BranchView
using Grid = std::array<Row, kSize<ThreadView>>;

// Columns: S0 none, S1 active, S1 active and rollback-only, S2 idle, S2 with a suspended
// association, S2 asked ahead for its vote, S3 prepared, S3? perhaps prepared, S4 rollback-only, S5
// heuristic.
// An association exists in S1, S2 and S4 only; "here" means that the branch is active.
// clang-format off
constexpr std::array<Grid, kSize<Call>> kTable = {{
    //                            S0  S1  S1r S2  S2s S2a S3  S3? S4  S5
    /* xa_start          */ {{
        /* free          */     "+" "D" "D" "D" "D" "D" "D" "D" "D" "D",
        /* here          */     "!" "P" "P" "!" "!" "!" "!" "!" "!" "!",
        /* elsewhere     */     "P" "P" "P" "P" "P" "P" "P" "P" "P" "P",
        /* suspended     */     "!" "P" "P" "!" "P" "!" "!" "!" "P" "!",
        /* susp., elsew. */     "!" "P" "P" "!" "P" "!" "!" "!" "P" "!"}},
    /* xa_start(TMJOIN)  */ {{
        /* free          */     "N" "+" "R" "+" "+" "P" "P" "P" "R" "P",
        /* here          */     "!" "P" "P" "!" "!" "!" "!" "!" "!" "!",
        /* elsewhere     */     "P" "P" "P" "P" "P" "P" "P" "P" "P" "P",
        /* suspended     */     "!" "P" "P" "!" "P" "!" "!" "!" "P" "!",
        /* susp., elsew. */     "!" "P" "P" "!" "P" "!" "!" "!" "P" "!"}},
    /* xa_start(TMRESUME) */ {{
        /* free          */     "N" "M" "P" "P" "M" "P" "P" "P" "P" "P",
        /* here          */     "!" "P" "P" "!" "!" "!" "!" "!" "!" "!",
        /* elsewhere     */     "P" "P" "P" "P" "P" "P" "P" "P" "P" "P",
        /* suspended     */     "!" "+" "E" "!" "+" "!" "!" "!" "E" "!",
        /* susp., elsew. */     "!" "P" "P" "!" "P" "!" "!" "!" "P" "!"}},
    /* xa_end(TMSUCCESS) */ {{
        /* free          */     "N" "P" "P" "P" "P" "P" "P" "P" "P" "P",
        /* here          */     "!" "+" "E" "!" "!" "!" "!" "!" "!" "!",
        /* elsewhere     */     "N" "P" "P" "P" "P" "P" "P" "P" "P" "P",
        /* suspended     */     "!" "+" "E" "!" "+" "!" "!" "!" "E" "!",
        /* susp., elsew. */     "!" "+" "E" "!" "+" "!" "!" "!" "E" "!"}},
    /* xa_end(TMFAIL)    */ {{
        /* free          */     "N" "P" "P" "P" "P" "P" "P" "P" "P" "P",
        /* here          */     "!" "+" "E" "!" "!" "!" "!" "!" "!" "!",
        /* elsewhere     */     "N" "P" "P" "P" "P" "P" "P" "P" "P" "P",
        /* suspended     */     "!" "+" "E" "!" "+" "!" "!" "!" "E" "!",
        /* susp., elsew. */     "!" "+" "E" "!" "+" "!" "!" "!" "E" "!"}},
    /* xa_end(TMSUSPEND) */ {{
        /* free          */     "N" "P" "P" "P" "P" "P" "P" "P" "P" "P",
        /* here          */     "!" "+" "E" "!" "!" "!" "!" "!" "!" "!",
        /* elsewhere     */     "N" "P" "P" "P" "P" "P" "P" "P" "P" "P",
        /* suspended     */     "!" "P" "P" "!" "P" "!" "!" "!" "P" "!",
        /* susp., elsew. */     "!" "P" "P" "!" "P" "!" "!" "!" "P" "!"}},
    /* xa_prepare        */ {{
        /* free          */     "?" "P" "P" "+" "P" "+" "P" "+" "V" "P",
        /* here          */     "!" "P" "P" "!" "!" "!" "!" "!" "!" "!",
        /* elsewhere     */     "?" "P" "P" "+" "P" "+" "P" "+" "V" "P",
        /* suspended     */     "!" "P" "P" "!" "P" "!" "!" "!" "V" "!",
        /* susp., elsew. */     "!" "P" "P" "!" "P" "!" "!" "!" "V" "!"}},
    /* xa_commit         */ {{
        /* free          */     "?" "P" "P" "P" "P" "P" "+" "+" "P" "H",
        /* here          */     "!" "P" "P" "!" "!" "!" "!" "!" "!" "!",
        /* elsewhere     */     "?" "P" "P" "P" "P" "P" "+" "+" "P" "H",
        /* suspended     */     "!" "P" "P" "!" "P" "!" "!" "!" "P" "!",
        /* susp., elsew. */     "!" "P" "P" "!" "P" "!" "!" "!" "P" "!"}},
    /* xa_commit(1PHASE) */ {{
        /* free          */     "?" "P" "P" "+" "P" "+" "P" "P" "V" "H",
        /* here          */     "!" "P" "P" "!" "!" "!" "!" "!" "!" "!",
        /* elsewhere     */     "?" "P" "P" "+" "P" "+" "P" "P" "V" "H",
        /* suspended     */     "!" "P" "P" "!" "P" "!" "!" "!" "V" "!",
        /* susp., elsew. */     "!" "P" "P" "!" "P" "!" "!" "!" "V" "!"}},
    /* xa_rollback       */ {{
        /* free          */     "?" "P" "P" "+" "P" "+" "+" "+" "+" "H",
        /* here          */     "!" "P" "P" "!" "!" "!" "!" "!" "!" "!",
        /* elsewhere     */     "?" "P" "P" "+" "P" "+" "+" "+" "+" "H",
        /* suspended     */     "!" "P" "P" "!" "P" "!" "!" "!" "+" "!",
        /* susp., elsew. */     "!" "P" "P" "!" "P" "!" "!" "!" "+" "!"}},
    /* xa_forget         */ {{
        /* free          */     "?" "P" "P" "P" "P" "P" "P" "P" "P" "+",
        /* here          */     "!" "P" "P" "!" "!" "!" "!" "!" "!" "!",
        /* elsewhere     */     "?" "P" "P" "P" "P" "P" "P" "P" "P" "+",
        /* suspended     */     "!" "P" "P" "!" "P" "!" "!" "!" "P" "!",
        /* susp., elsew. */     "!" "P" "P" "!" "P" "!" "!" "!" "P" "!"}},
}};
// clang-format on

constexpr bool is_cell(char c) { return std::string_view("+PNDREVM?H!").find(c) != Row::npos; }

constexpr bool is_total() {
  for (const Grid& grid : kTable) {
    for (const Row row : grid) {
      if (row.size() != kSize<BranchView>) return false;
      for (const char c : row) {
        if (!is_cell(c)) return false;
      }
    }
  }
  return true;
}
static_assert(is_total(), "every call, thread view and branch view needs a cell");

constexpr std::array<std::string_view, kSize<Call>> kCallNames = {
    "xa_start",          "xa_start(TMJOIN)", "xa_start(TMRESUME)",
    "xa_end(TMSUCCESS)", "xa_end(TMFAIL)",   "xa_end(TMSUSPEND)",
    "xa_prepare",        "xa_commit",        "xa_commit(TMONEPHASE)",
    "xa_rollback",       "xa_forget"};
constexpr std::array<std::string_view, kSize<ThreadView>> kThreadNames = {
    "free", "here", "elsewhere", "suspended", "suspended+elsewhere"};

std::string padded(std::string_view text, std::size_t width) {
  std::string out(text);
  out.resize(std::max(width, text.size()), ' ');
  return out;
}

}  // namespace

Cell transition(Call call, ThreadView thread, BranchView branch) {
  const Grid& grid = kTable[static_cast<std::size_t>(call)];
  return static_cast<Cell>(
      grid[static_cast<std::size_t>(thread)][static_cast<std::size_t>(branch)]);
}

std::string print_transitions() {
  std::string out =
      padded("call", 24) + padded("thread", 21) + "S0 S1 S1r S2 S2s S2a S3 S3? S4 S5\n";
  for (std::size_t call = 0; call < kSize<Call>; ++call) {
    for (std::size_t thread = 0; thread < kSize<ThreadView>; ++thread) {
      out += padded(kCallNames[call], 24) + padded(kThreadNames[thread], 21);
      constexpr std::array<std::size_t, kSize<BranchView>> kWidths = {3, 3, 4, 3, 4, 4, 3, 4, 3, 1};
      for (std::size_t branch = 0; branch < kSize<BranchView>; ++branch) {
        out += padded(kTable[call][thread].substr(branch, 1), kWidths[branch]);
      }
      out += "\n";
    }
  }
  return out;
}

}  // namespace xaodbc::xa
