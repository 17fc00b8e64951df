#include "config/keys.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <initializer_list>
#include <utility>

#include "config/connection_text.h"
#include "config/spelling.h"

namespace xaodbc::config {
namespace {

Status bad_value(const std::string& message) { return {StatusCode::kInvalidArgument, message}; }

/// A value short enough for an error message.
std::string quote(std::string_view value) {
  constexpr std::size_t kShown = 40;
  if (value.size() <= kShown) return "'" + std::string(value) + "'";
  return "'" + std::string(value.substr(0, kShown)) + "...'";
}

template <class T>
Status choose(T& target, std::string_view value,
              std::initializer_list<std::pair<std::string_view, T>> choices) {
  std::string allowed;
  for (const auto& [word, meaning] : choices) {
    if (word == value) {
      target = meaning;
      return Status::ok();
    }
    allowed += (allowed.empty() ? "" : " | ") + std::string(word);
  }
  return bad_value("is " + quote(value) + ", allowed are " + allowed);
}

Status read_number(unsigned& target, std::string_view value, unsigned minimum, unsigned maximum) {
  unsigned number = 0;
  const char* const end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, number);
  if (error != std::errc() || stop != end || number < minimum || number > maximum) {
    return bad_value("is " + quote(value) + ", allowed are whole numbers from " +
                     std::to_string(minimum) + " to " + std::to_string(maximum));
  }
  target = number;
  return Status::ok();
}

Status read_seconds(std::chrono::seconds& target, std::string_view value, unsigned minimum,
                    unsigned maximum) {
  unsigned number = 0;
  Status status = read_number(number, value, minimum, maximum);
  if (status.is_ok()) target = std::chrono::seconds(number);
  return status;
}

/// The directory in which the transaction manager happens to run must not matter.
Status read_path(std::filesystem::path& target, std::string_view value) {
  std::filesystem::path path{std::string(value)};
  if (!path.is_absolute()) {
    return bad_value("is " + quote(value) + ", an absolute path is needed (starting with /)");
  }
  target = std::move(path);
  return Status::ok();
}

Status read_dsn(std::string& target, std::string_view value) {
  if (value.empty()) return bad_value("is empty; name a section of odbc.ini");
  if (value.find_first_of("[]{}(),;?*=!@\\") != std::string_view::npos) {
    return bad_value(
        "is no data source name: it must not contain any of []{}(),;?*=!@\\ "
        "(a whole connection string belongs into key 'connection')");
  }
  target = value;
  return Status::ok();
}

Status read_connection(Secret& target, std::string_view value) {
  if (value.find('=') == std::string_view::npos) {
    return bad_value("is no connection string, write Driver={...};Server=...; and so on");
  }
  if (Status status = check_connection(value); !status.is_ok()) return status;
  target = Secret(value);
  return Status::ok();
}

Status read_user(std::string& target, std::string_view value) {
  if (value.empty()) return bad_value("is empty; leave the key out to send no user name");
  target = value;
  return Status::ok();
}

constexpr unsigned kSecondsPerDay = 86400;

std::vector<Key> make_keys() {
  using S = ResourceSettings;
  using V = std::string_view;
  return {
      {"log", "", [](S& s, V v) { return read_path(s.log_directory, v); }},
      {"dsn", "source", [](S& s, V v) { return read_dsn(s.dsn, v); }},
      {"connection", "source", [](S& s, V v) { return read_connection(s.connection, v); }},
      {"user", "", [](S& s, V v) { return read_user(s.user, v); }},
      {"password", "secret",
       [](S& s, V v) {
         s.password = Secret(v);
         return Status::ok();
       }},
      {"password_file", "secret", [](S& s, V v) { return read_path(s.password_file, v); }},
      {"dialect", "",
       [](S& s, V v) {
         return choose<std::string>(s.dialect, v,
                                    {{"auto", "auto"},
                                     {"postgresql", "postgresql"},
                                     {"mariadb", "mariadb"},
                                     {"sqlite", "sqlite"}});
       }},
      {"prepare", "",
       [](S& s, V v) {
         return choose(s.prepare, v,
                       {{"on_demand", PrepareMode::kOnDemand},
                        {"alone", PrepareMode::kAlone},
                        {"at_end", PrepareMode::kAtEnd}});
       }},
      {"read_only", "",
       [](S& s, V v) {
         return choose(s.read_only, v, {{"on", true}, {"off", false}});
       }},
      {"guard", "",
       [](S& s, V v) {
         return choose(s.guard, v, {{"full", Guard::kFull}, {"light", Guard::kLight}});
       }},
      {"filter", "",
       [](S& s, V v) {
         return choose(s.filter, v, {{"on", true}, {"off", false}});
       }},
      {"failed_statement", "",
       [](S& s, V v) {
         return choose(s.failed_statement, v,
                       {{"abort", FailedStatement::kAbort}, {"undo", FailedStatement::kUndo}});
       }},
      {"branch_timeout", "",
       [](S& s, V v) { return read_seconds(s.branch_timeout, v, 0, 30 * kSecondsPerDay); }},
      {"verb_timeout", "", [](S& s, V v) { return read_seconds(s.verb_timeout, v, 1, 3600); }},
      {"connections_max", "",
       [](S& s, V v) { return read_number(s.connections_max, v, 1, 10000); }},
  };
}

/// Never destroyed: a host may call xa_open from an atexit handler (I9). Made when the library is
/// loaded: the guard of a function's static could be held by another thread at the moment of a
/// fork.
const std::vector<Key>* const known_keys = new std::vector<Key>(make_keys());

}  // namespace

const std::vector<Key>& all_keys() { return *known_keys; }

const Key* find_key(std::string_view name) {
  const auto& keys = all_keys();
  const auto found =
      std::find_if(keys.begin(), keys.end(), [&](const Key& key) { return key.name == name; });
  return found == keys.end() ? nullptr : &*found;
}

std::vector<std::string_view> key_names() {
  std::vector<std::string_view> names;
  for (const Key& key : all_keys()) names.push_back(key.name);
  return names;
}

}  // namespace xaodbc::config
