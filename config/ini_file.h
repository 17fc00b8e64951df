#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.h"
#include "base/status.h"

namespace xaodbc::config {

struct IniEntry {
  std::string key;
  /// The rest of the line without blanks on both ends; may be empty. Lives as long as the IniFile.
  std::string_view value;
  int line = 0;
};

struct IniSection {
  std::string name;
  int line = 0;
  std::vector<IniEntry> entries;

  [[nodiscard]] const IniEntry* find(std::string_view key) const;
};

/// A strict ini file: `[section]`, `key = value`, blank lines, and comments on lines of their own
/// that start with # or ;. Nothing follows a value, because passwords and connection strings
/// contain # and ; themselves. Everything that could be a slip of the pen is an error: a section
/// or key given twice, a key before the first section, a line that is none of the above.
class IniFile {
 public:
  static constexpr std::size_t kMaxFileSize = std::size_t{1} << 20;
  static constexpr std::size_t kMaxLineSize = 4096;
  IniFile(const IniFile&) = delete;
  IniFile& operator=(const IniFile&) = delete;
  IniFile(IniFile&&) = default;
  IniFile& operator=(IniFile&&) = default;
  ~IniFile() = default;

  /// kInvalidArgument with file, line and cause. Of the line itself only the names of sections and
  /// keys are repeated: whatever else stands there may be a secret (I10).
  static Result<IniFile> read(const std::filesystem::path& path);
  /// As read, of a text that came from `path`.
  static Result<IniFile> parse(const std::filesystem::path& path, std::string_view text);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// In the order of the file.
  [[nodiscard]] const std::vector<IniSection>& sections() const { return sections_; }
  [[nodiscard]] const IniSection* find(std::string_view section) const;

  /// An error at a line of this file: `path:line: message`.
  [[nodiscard]] Status error_at(int line, const std::string& message) const;

 private:
  IniFile(std::filesystem::path path, std::string_view text)
      : path_(std::move(path)), text_(text) {}
  Status add_line(std::string_view text, int line);
  Status add_section(std::string_view text, int line);
  Status add_entry(std::string_view text, int line);

  std::filesystem::path path_;
  Secret text_;  ///< what the values are views of; they hold passwords
  std::vector<IniSection> sections_;
};

}  // namespace xaodbc::config
