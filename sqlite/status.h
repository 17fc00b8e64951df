#pragma once

#include <string>
#include <utility>

#include "sqlite/api.h"

namespace xaodbc::sqlite {

/// Where an outcome is not known, the text says so in these words: who called looks for them, and
/// concludes nothing (I3).
constexpr const char* kNotKnown = " is not known";

/// Success, or one of SQLite's result codes with one line for people: cause and next step.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(int code, std::string text) : code_(code), text_(std::move(text)) {}
  static Status ok() { return {}; }
  /// The branch cannot be prepared as it is.
  static Status refused(std::string text) { return {SQLITE_CONSTRAINT, std::move(text)}; }
  /// Not allowed at this point; nothing changed.
  static Status misuse(std::string text) { return {SQLITE_MISUSE, std::move(text)}; }

  [[nodiscard]] bool is_ok() const { return code_ == SQLITE_OK; }
  [[nodiscard]] int code() const { return code_; }
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] Status with_context(const std::string& context) const {
    return {code_, context + ": " + text_};
  }

 private:
  int code_ = SQLITE_OK;
  std::string text_;
};

}  // namespace xaodbc::sqlite
