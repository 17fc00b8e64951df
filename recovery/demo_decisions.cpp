#include "recovery/demo_decisions.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "config/text_file.h"

namespace xaodbc::recovery {
namespace {

constexpr std::size_t kMaxSize = std::size_t{1} << 20;

}  // namespace

Status DemoDecisions::write_commit(std::string_view gtrid) {
  const std::string line = std::string(gtrid) + "\n";
  const int file = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  const bool written =
      file >= 0 && ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
      ::fsync(file) == 0;
  const int error = errno;
  if (file >= 0) ::close(file);
  if (written) return Status::ok();
  return {StatusCode::kInternal, path_.string() + ": " + std::generic_category().message(error)};
}

Result<std::unordered_set<std::string>> DemoDecisions::read() const {
  std::unordered_set<std::string> decided;
  std::error_code error;
  if (!std::filesystem::exists(path_, error)) return decided;
  const auto text = config::read_text_file(path_, kMaxSize, config::Readers::kNotOthers);
  if (!text) return failure(text.error());
  std::string_view rest = text->reveal();
  for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    decided.emplace(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  return decided;
}

}  // namespace xaodbc::recovery
