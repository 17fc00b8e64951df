#include <cstdlib>

#include "base/text.h"
#include "config/password_keys.h"
#include "config/settings.h"
#include "config/spelling.h"

namespace xaodbc::config {
namespace {

constexpr std::size_t kMaxOpenString = 255;

Status bad(const std::string& message) {
  return {StatusCode::kInvalidArgument,
          "open string: " + message + "; write NAME or resource=NAME;ini=/path/to/xaodbc.ini"};
}

Status set_resource(OpenString& open, std::string_view value) {
  if (value.empty()) return bad("the name of the resource is empty");
  if (!open.resource.empty()) return bad("key 'resource' was given twice");
  open.resource = value;
  return Status::ok();
}

Status set_ini(OpenString& open, std::string_view value) {
  if (!open.ini.empty()) return bad("key 'ini' was given twice");
  const std::filesystem::path path{std::string(value)};
  if (!path.is_absolute()) return bad("key 'ini' needs an absolute path");
  open.ini = path;
  return Status::ok();
}

/// One `key=value`. Values are never repeated in errors: people do put passwords here (I10).
Status set(OpenString& open, std::string_view part) {
  const auto equals = part.find('=');
  if (equals == std::string_view::npos) return bad("a part has no '='");
  const std::string_view key = trim(part.substr(0, equals));
  const std::string_view value = trim(part.substr(equals + 1));
  if (key == "resource") return set_resource(open, value);
  if (key == "ini") return set_ini(open, value);
  if (is_password_key(key)) {
    return bad("no secrets here, they belong into the ini file or a password_file");
  }
  return bad("unknown key '" + std::string(key) + "', " + suggest(key, {"resource", "ini"}));
}

}  // namespace

Result<OpenString> parse_open_string(std::string_view text) {
  if (text.size() > kMaxOpenString) {
    return failure(bad("it has " + std::to_string(text.size()) + " characters, at most 255 fit"));
  }
  OpenString open;
  const std::string_view content = trim(text);
  if (content.find('=') == std::string_view::npos) {
    Status status = set_resource(open, content);
    if (!status.is_ok()) return failure(std::move(status));
    return open;
  }
  for (std::size_t start = 0; start < content.size();) {
    const auto end = std::min(content.find(';', start), content.size());
    const std::string_view part = trim(content.substr(start, end - start));
    start = end + 1;
    if (part.empty()) continue;
    if (Status status = set(open, part); !status.is_ok()) return failure(std::move(status));
  }
  if (open.resource.empty()) return failure(bad("it names no resource"));
  return open;
}

std::filesystem::path find_ini(const std::filesystem::path& explicit_path) {
  if (!explicit_path.empty()) return explicit_path;
  const char* const from_environment = std::getenv("XAODBC_INI");
  if (from_environment != nullptr && *from_environment != '\0') return from_environment;
  return "/etc/xaodbc.ini";
}

}  // namespace xaodbc::config
