#include "config/ini_file.h"

#include <algorithm>

#include "base/text.h"
#include "config/text_file.h"

namespace xaodbc::config {
namespace {

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  });
}

}  // namespace

const IniEntry* IniSection::find(std::string_view key) const {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const IniEntry& entry) { return entry.key == key; });
  return found == entries.end() ? nullptr : &*found;
}

const IniSection* IniFile::find(std::string_view section) const {
  const auto found = std::find_if(sections_.begin(), sections_.end(),
                                  [&](const IniSection& one) { return one.name == section; });
  return found == sections_.end() ? nullptr : &*found;
}

Status IniFile::error_at(int line, const std::string& message) const {
  return {StatusCode::kInvalidArgument,
          path_.string() + ":" + std::to_string(line) + ": " + message};
}

Result<IniFile> IniFile::read(const std::filesystem::path& path) {
  const auto text = read_text_file(path, kMaxFileSize, Readers::kAnybody);
  if (!text) return failure(text.error());
  return parse(path, text->reveal());
}

Result<IniFile> IniFile::parse(const std::filesystem::path& path, std::string_view text) {
  IniFile file(path, text);
  std::string_view rest = file.text_.reveal();
  for (int line = 1; !rest.empty(); ++line) {
    const auto end = std::min(rest.find('\n'), rest.size());
    if (Status status = file.add_line(rest.substr(0, end), line); !status.is_ok()) {
      return failure(std::move(status));
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return file;
}

Status IniFile::add_line(std::string_view text, int line) {
  if (text.size() > kMaxLineSize) {
    return error_at(line, "the line has more than " + std::to_string(kMaxLineSize) + " bytes");
  }
  if (text.find('\0') != std::string_view::npos) return error_at(line, "the line has a NUL byte");
  const std::string_view content = trim(text);
  if (content.empty() || content.front() == '#' || content.front() == ';') return Status::ok();
  return content.front() == '[' ? add_section(content, line) : add_entry(content, line);
}

Status IniFile::add_section(std::string_view text, int line) {
  const std::string_view name = trim(text.substr(1, text.size() - 2));
  if (text.back() != ']' || !is_name(name)) {
    return error_at(line,
                    "a section is [name]; letters, digits, '_', '-' and '.' may be in the name, "
                    "and nothing follows the bracket");
  }
  if (const IniSection* first = find(name)) {
    return error_at(line, "section [" + first->name + "] was already given in line " +
                              std::to_string(first->line) + "; join the two");
  }
  sections_.push_back({std::string(name), line, {}});
  return Status::ok();
}

Status IniFile::add_entry(std::string_view text, int line) {
  const auto equals = text.find('=');
  const std::string_view key = trim(text.substr(0, equals));
  if (equals == std::string_view::npos || !is_name(key)) {
    return error_at(line,
                    "expected [section], key = value, or a comment line that starts with # or ;");
  }
  if (sections_.empty()) {
    return error_at(line, "key '" + std::string(key) + "' stands before the first [section]");
  }
  IniSection& section = sections_.back();
  if (const IniEntry* first = section.find(key)) {
    return error_at(line, "[" + section.name + "] key '" + first->key +
                              "' was already given in line " + std::to_string(first->line));
  }
  section.entries.push_back({std::string(key), trim(text.substr(equals + 1)), line});
  return Status::ok();
}

}  // namespace xaodbc::config
