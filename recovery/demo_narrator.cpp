#include "recovery/demo_narrator.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "recovery/console.h"

namespace xaodbc::recovery {
namespace {

constexpr std::string_view kBold = "1";
constexpr std::string_view kDim = "2";
constexpr std::string_view kCyan = "36";
constexpr std::string_view kGreen = "1;32";
constexpr std::string_view kRed = "1;31";

}  // namespace

DemoNarrator::DemoNarrator() {
  const char* const forbidden = std::getenv("NO_COLOR");
  colour_ = ::isatty(STDOUT_FILENO) == 1 && (forbidden == nullptr || *forbidden == '\0');
}

std::string DemoNarrator::painted(std::string_view code, std::string_view text) const {
  return colour_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

void DemoNarrator::chapter(int number, std::string_view title) const {
  print_out("\n" + painted(kBold, fmt::format("{}. {}", number, title)) + "\n");
}

void DemoNarrator::tell(std::string_view text) const { print_out(fmt::format("   {}\n", text)); }

void DemoNarrator::notice(std::string_view text) const {
  print_out("   " + painted(kCyan, fmt::format("notice: {}", text)) + "\n");
}

void DemoNarrator::proved(std::string_view text) const {
  print_out("   " + painted(kGreen, fmt::format("ok: {}", text)) + "\n");
}

void DemoNarrator::failed(std::string_view text) const {
  print_out("   " + painted(kRed, fmt::format("FAILED: {}", printable(text))) + "\n");
}

void DemoNarrator::quote(std::string_view text) const {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    print_out("   " + painted(kDim, fmt::format("| {}", text.substr(0, end))) + "\n");
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace xaodbc::recovery
