#include "config/settings.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/text.h"
#include "config/ini_file.h"
#include "config/keys.h"
#include "config/spelling.h"
#include "config/text_file.h"

namespace xaodbc::config {
namespace {

constexpr std::string_view kDefaultsSection = "xaodbc";
constexpr std::size_t kMaxSecretFile = std::size_t{64} << 10;

/// A resource whose secret has not been read yet.
struct Draft {
  ResourceSettings settings;
  int password_file_line = 0;
};

/// At most one key of a group in a section: which of two was meant cannot be known.
Status check_group(const IniFile& file, const IniSection& section, const IniEntry& entry,
                   const Key& key) {
  if (key.group.empty()) return Status::ok();
  for (const Key& other : all_keys()) {
    if (other.group != key.group || other.name == key.name) continue;
    if (const IniEntry* rival = section.find(other.name)) {
      return file.error_at(entry.line, "[" + section.name + "] both '" + entry.key + "' and '" +
                                           rival->key + "' are given, only one may be");
    }
  }
  return Status::ok();
}

/// What [xaodbc] set is replaced by the section's own choice, not joined with it.
void clear_group(ResourceSettings& settings, std::string_view group) {
  if (group == "source") {
    settings.dsn.clear();
    settings.connection = Secret();
  } else if (group == "secret") {
    settings.password = Secret();
    settings.password_file.clear();
  }
}

Status apply(const IniFile& file, const IniSection& section, Draft& draft) {
  for (const IniEntry& entry : section.entries) {
    const Key* const key = find_key(entry.key);
    if (key == nullptr) {
      return file.error_at(entry.line, "[" + section.name + "] unknown key '" + entry.key + "', " +
                                           suggest(entry.key, key_names()));
    }
    Status status = check_group(file, section, entry, *key);
    if (!status.is_ok()) return status;
    clear_group(draft.settings, key->group);
    status = key->set(draft.settings, entry.value);
    if (!status.is_ok()) {
      return file.error_at(entry.line,
                           "[" + section.name + "] " + entry.key + " " + status.message());
    }
    if (key->name == "password_file") draft.password_file_line = entry.line;
  }
  return Status::ok();
}

Result<Draft> make_draft(const IniFile& file, const IniSection& section, const Draft& defaults) {
  Draft draft = defaults;
  draft.settings.name = section.name;
  if (Status status = apply(file, section, draft); !status.is_ok()) {
    return failure(std::move(status));
  }
  if (draft.settings.dsn.empty() && draft.settings.connection.empty()) {
    return failure(file.error_at(section.line, "[" + section.name +
                                                   "] has neither 'dsn' nor 'connection', so it "
                                                   "leads to no database"));
  }
  return draft;
}

Result<std::vector<Draft>> make_drafts(const IniFile& file) {
  Draft defaults;
  defaults.settings.ini = file.path();
  if (const IniSection* section = file.find(kDefaultsSection)) {
    if (Status status = apply(file, *section, defaults); !status.is_ok()) {
      return failure(std::move(status));
    }
  }
  std::vector<Draft> drafts;
  for (const IniSection& section : file.sections()) {
    if (section.name == kDefaultsSection) continue;
    auto draft = make_draft(file, section, defaults);
    if (!draft) return failure(draft.error());
    drafts.push_back(*std::move(draft));
  }
  return drafts;
}

Result<ResourceSettings> with_secret(const IniFile& file, Draft draft) {
  ResourceSettings& settings = draft.settings;
  if (settings.password_file.empty()) return std::move(settings);
  const auto fail = [&](const std::string& why) {
    return failure(
        file.error_at(draft.password_file_line, "[" + settings.name + "] password_file " + why));
  };
  const auto text = read_text_file(settings.password_file, kMaxSecretFile, Readers::kNotOthers);
  if (!text) return fail(text.error().message());
  std::string_view secret = text->reveal();
  secret = secret.substr(0, secret.find('\n'));
  if (!secret.empty() && secret.back() == '\r') secret.remove_suffix(1);
  const std::string path = settings.password_file.string();
  if (secret.empty()) return fail(path + " has an empty first line; write the password there");
  if (secret.find('\0') != std::string_view::npos) return fail(path + " has a NUL byte");
  settings.password = Secret(secret);
  return std::move(settings);
}

/// What does not look like a name may be a user and a password, and is not repeated (I10).
std::string quoted_if_a_name(std::string_view text) {
  const bool is_name = std::ranges::all_of(text, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
  });
  return is_name ? " '" + excerpt(text) + "'" : " as the open string names";
}

Status unknown_resource(const IniFile& file, const std::vector<Draft>& drafts,
                        std::string_view resource) {
  std::vector<std::string_view> names;
  for (const Draft& draft : drafts) names.emplace_back(draft.settings.name);
  std::string message = file.path().string() + ": no resource" + quoted_if_a_name(resource);
  message += names.empty() ? "; the file has no resource at all, add a section for it"
                           : "; the file has: " + join(names);
  return {StatusCode::kInvalidArgument, std::move(message)};
}

}  // namespace

Result<ResourceSettings> load_resource(const std::filesystem::path& ini,
                                       std::string_view resource) {
  const auto file = IniFile::read(ini);
  if (!file) return failure(file.error());
  auto drafts = make_drafts(*file);
  if (!drafts) return failure(drafts.error());
  for (Draft& draft : *drafts) {
    if (draft.settings.name == resource) return with_secret(*file, std::move(draft));
  }
  return failure(unknown_resource(*file, *drafts, resource));
}

Result<std::vector<ResourceSettings>> load_all(const std::filesystem::path& ini) {
  const auto file = IniFile::read(ini);
  if (!file) return failure(file.error());
  auto drafts = make_drafts(*file);
  if (!drafts) return failure(drafts.error());
  std::vector<ResourceSettings> all;
  for (Draft& draft : *drafts) {
    auto settings = with_secret(*file, std::move(draft));
    if (!settings) return failure(settings.error());
    all.push_back(*std::move(settings));
  }
  return all;
}

Result<std::vector<ResourceSettings>> load_without_secrets(const std::filesystem::path& ini) {
  const auto file = IniFile::read(ini);
  if (!file) return failure(file.error());
  auto drafts = make_drafts(*file);
  if (!drafts) return failure(drafts.error());
  std::vector<ResourceSettings> all;
  for (Draft& draft : *drafts) all.push_back(std::move(draft.settings));
  return all;
}

}  // namespace xaodbc::config
