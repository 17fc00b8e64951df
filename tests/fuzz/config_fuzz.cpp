#include <cstddef>
#include <string>

#include "config/ini_file.h"
#include "config/settings.h"
#include "tests/fuzz/require.h"

namespace xaodbc::config {
namespace {

void check_file(std::string_view text) {
  const auto file = IniFile::parse("x.ini", text);
  if (!file) {
    require(file.error().message().starts_with("x.ini"), "an error names the file");
    return;
  }
  for (const auto& section : file->sections()) {
    require(file->find(section.name) == &section, "a section is there once");
    for (const auto& entry : section.entries) {
      require(section.find(entry.key) == &entry, "a key is there once");
      require(entry.value.find('\n') == std::string::npos, "a value is one line");
    }
  }
}

}  // namespace

/// xaodbc.ini and the open string: refused with a reason, or without doubt.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto text = as_text(data, size);
  check_file(text);
  const auto open_string = parse_open_string(text);
  require(open_string.has_value() ? !open_string->resource.empty()
                                  : !open_string.error().message().empty(),
          "a resource or a reason");
  return 0;
}

}  // namespace xaodbc::config
