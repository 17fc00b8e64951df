#include "recovery/odbc_ini.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/text.h"
#include "config/password_keys.h"
#include "config/text_file.h"

namespace xaodbc::recovery {
namespace {

constexpr std::size_t kMaxSize = std::size_t{1} << 20;

std::string environment(const char* name, const std::string& otherwise) {
  const char* const value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

}  // namespace

OdbcIni::OdbcIni(std::filesystem::path path, std::string_view text)
    : path_(std::move(path)), found_(true) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '[') {
      sections_.push_back({std::string(trim(line.substr(1, line.find(']') - 1))), {}});
      continue;
    }
    const auto equals = line.find('=');
    if (sections_.empty() || equals == std::string_view::npos) continue;
    const std::string_view key = trim(line.substr(0, equals));
    const std::string_view value = trim(line.substr(equals + 1));
    // Nobody asks for it here (I10).
    if (config::is_password_key(key)) {
      if (!value.empty() && !password_section_) password_section_ = sections_.back().name;
      continue;
    }
    sections_.back().entries.emplace_back(key, value);
  }
}

OdbcIni OdbcIni::read(const std::filesystem::path& path) {
  const auto text = config::read_text_file(path, kMaxSize, config::Readers::kAnybody);
  if (text) return {path, text->reveal()};
  OdbcIni missing;
  missing.path_ = path;
  return missing;
}

bool OdbcIni::has(std::string_view section) const {
  return std::any_of(sections_.begin(), sections_.end(),
                     [&](const Section& one) { return to_lower(one.name) == to_lower(section); });
}

std::string OdbcIni::get(std::string_view section, std::string_view key) const {
  for (const Section& one : sections_) {
    if (to_lower(one.name) != to_lower(section)) continue;
    for (const auto& [name, value] : one.entries) {
      if (to_lower(name) == to_lower(key)) return value;
    }
  }
  return "";
}

std::vector<std::string> OdbcIni::sections() const {
  std::vector<std::string> names;
  for (const Section& section : sections_) names.push_back(section.name);
  return names;
}

OdbcFiles OdbcFiles::read() {
  const std::filesystem::path directory = environment("ODBCSYSINI", "/etc");
  const std::string home = environment("HOME", "/");
  OdbcFiles files;
  files.drivers = OdbcIni::read(directory / environment("ODBCINSTINI", "odbcinst.ini"));
  files.user = OdbcIni::read(environment("ODBCINI", home + "/.odbc.ini"));
  files.system = OdbcIni::read(directory / "odbc.ini");
  return files;
}

}  // namespace xaodbc::recovery
