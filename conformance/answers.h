#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace xaodbc::conformance {

/// A set of answers, written as the tables of the standard write them: "OK RB NOTA". RB stands for
/// all XA_RB codes, HEUR for all XA_HEUR codes, n for every count of xa_recover, a number for
/// itself, ANY for everything that the verb may answer.
class Answers {
 public:
  explicit Answers(std::string_view words);
  [[nodiscard]] bool contain(int code) const;
  [[nodiscard]] bool empty() const { return words_.empty(); }
  /// The words again.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::string> words_;
};

/// "expected" or "expected / allowed": what the standard says, and what it leaves room for.
struct Expectation {
  explicit Expectation(std::string_view text);
  Answers expected;
  Answers allowed;
};

/// "XA_OK", "XAER_NOTA"; a number when it is no code of the standard.
std::string code_name(int code);

inline bool is_rolled_back(int code) { return code >= 100 && code <= 107; }
inline bool is_heuristic(int code) { return code >= 5 && code <= 8; }

}  // namespace xaodbc::conformance
