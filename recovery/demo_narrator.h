#pragma once

#include <string>
#include <string_view>

namespace xaodbc::recovery {

/// The demonstration's voice. In colour on a terminal, unless NO_COLOR is set.
class DemoNarrator {
 public:
  DemoNarrator();

  /// `== 3. Title`
  void chapter(int number, std::string_view title) const;
  /// What happens.
  void tell(std::string_view text) const;
  /// What the reader should notice.
  void notice(std::string_view text) const;
  /// What was proved.
  void proved(std::string_view text) const;
  void failed(std::string_view text) const;
  /// Somebody else's output, indented.
  void quote(std::string_view text) const;

 private:
  [[nodiscard]] std::string painted(std::string_view code, std::string_view text) const;

  bool colour_ = false;
};

}  // namespace xaodbc::recovery
