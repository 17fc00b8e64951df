#include "tests/support/private_server.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace xaodbc::support {
namespace {

constexpr const char* kServerScript = XAODBC_SUPPORT_DIR "/private_server.sh";
constexpr const char* kFileScript = XAODBC_SUPPORT_DIR "/private_sqlite.sh";
// The script gives up on a server by itself long before.
constexpr int kAnswerMilliseconds = 150'000;

[[noreturn]] void fail_with_errno(const std::string& what, int error = errno) {
  throw std::system_error(error, std::generic_category(), what);
}

std::string script_name(ServerKind kind) {
  switch (kind) {
    case ServerKind::kPostgresql:
      return "postgresql";
    case ServerKind::kMariadb:
      return "mariadb";
    case ServerKind::kSqlite:
      return "sqlite";
  }
  throw std::logic_error("a kind of database without a script");
}

std::filesystem::path make_directory(ServerKind kind) {
  // A Unix socket's path may have 107 bytes.
  constexpr std::size_t kLongestParent = 60;
  std::filesystem::path parent = std::filesystem::temp_directory_path();
  if (parent.native().size() > kLongestParent) {
    parent = "/tmp";
  }
  std::string name = parent / ("xaodbc-" + script_name(kind) + "-XXXXXX");
  if (mkdtemp(name.data()) == nullptr) {
    fail_with_errno(name);
  }
  return name;
}

std::vector<std::string> script_command(ServerKind kind, const std::filesystem::path& directory,
                                        const ServerOptions& options) {
  if (kind == ServerKind::kSqlite) {
    return {"setsid", "--fork", kFileScript, directory.string()};
  }
  // In a session of its own and with init as parent, so that whatever kills the test's process
  // group or process tree (a terminal, a test runner's timeout) leaves the script to clean up.
  std::vector<std::string> words = {"setsid", "--fork", kServerScript, script_name(kind),
                                    directory.string()};
  if (!options.durable) {
    words.emplace_back("--fast");
  }
  for (const auto& variable : options.variables) {
    words.emplace_back("--set");
    words.push_back(variable);
  }
  return words;
}

void spawn(std::vector<std::string> words, int conversation) {
  std::vector<char*> arguments;
  for (auto& word : words) {
    arguments.push_back(word.data());
  }
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, conversation, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, conversation, STDOUT_FILENO);
  // A driver's socket inherited by the server would keep its own session alive.
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  pid_t child = -1;
  const int error =
      posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    fail_with_errno(words[0], error);
  }
  while (waitpid(child, nullptr, 0) == -1 && errno == EINTR) {
  }
}

std::map<std::string, std::string> parse_facts(const std::string& line) {
  std::map<std::string, std::string> facts;
  std::istringstream words(line);
  for (std::string word; words >> word;) {
    const auto equals = word.find('=');
    if (equals != std::string::npos) {
      facts[word.substr(0, equals)] = word.substr(equals + 1);
    }
  }
  return facts;
}

}  // namespace

PrivateServer::PrivateServer(ServerKind kind, const ServerOptions& options)
    : kind_(kind), owner_(getpid()), directory_(make_directory(kind)) {
  launch(options);
}

void PrivateServer::launch(const ServerOptions& options) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    fail_with_errno("socketpair");
  }
  conversation_ = ends[0];
  spawn(script_command(kind_, directory_, options), ends[1]);
  close(ends[1]);
}

PrivateServer::~PrivateServer() {
  if (getpid() == owner_) {
    shutdown(conversation_, SHUT_WR);
    // The script closes its end when server and directory are gone.
    std::array<char, 256> rest{};
    while (read(conversation_, rest.data(), rest.size()) > 0) {
    }
  }
  close(conversation_);
}

void PrivateServer::wait_until_ready() {
  if (!facts_.empty()) {
    return;
  }
  const std::string line = read_line();
  if (line.rfind("ready ", 0) != 0) {
    throw std::runtime_error("private_server.sh: " + line);
  }
  facts_ = parse_facts(line);
}

void PrivateServer::command(std::string_view verb) {
  wait_until_ready();
  if (getpid() != owner_) {
    throw std::runtime_error("only the process that made a server may command it");
  }
  const std::string line = std::string(verb) + "\n";
  if (send(conversation_, line.data(), line.size(), MSG_NOSIGNAL) < 0) {
    fail_with_errno("private_server.sh");
  }
  const std::string answer = read_line();
  if (answer.rfind("ok", 0) != 0) {
    throw std::runtime_error("private_server.sh: " + answer);
  }
  for (const auto& [key, fact] : parse_facts(answer)) {
    facts_[key] = fact;
  }
}

std::string PrivateServer::read_line() {
  std::string line;
  while (true) {
    pollfd waiting{conversation_, POLLIN, 0};
    const int polled = poll(&waiting, 1, kAnswerMilliseconds);
    char letter = 0;
    if (polled == 0 || (polled > 0 && read(conversation_, &letter, 1) != 1)) {
      throw std::runtime_error("private_server.sh gave no answer; its messages are on stderr");
    }
    if (letter == '\n') {
      return line;
    }
    if (polled > 0) {
      line += letter;
    }
  }
}

std::string PrivateServer::value(const std::string& key) {
  wait_until_ready();
  return facts_.at(key);
}

pid_t PrivateServer::pid() { return static_cast<pid_t>(std::stol(value("pid"))); }

unsigned short PrivateServer::port() {
  return static_cast<unsigned short>(std::stoul(value("port")));
}

std::string PrivateServer::user(Account account) {
  return value(account == Account::kApp ? "user" : "admin");
}

std::filesystem::path PrivateServer::password_file(Account account) {
  return value(account == Account::kApp ? "password_file" : "admin_password_file");
}

std::string PrivateServer::password(Account account) {
  std::ifstream file(password_file(account));
  std::string password;
  std::getline(file, password);
  return password;
}

std::string PrivateServer::connection(Transport transport, std::string_view database) {
  std::string text = "Driver=";
  if (kind_ == ServerKind::kSqlite) {
    return text + XAODBC_SQLITE_DRIVER ";FKSupport=1;Database=" + value("file");
  }
  if (kind_ == ServerKind::kPostgresql) {
    text += XAODBC_POSTGRESQL_DRIVER ";Servername=";
    text += transport == Transport::kSocket ? value("socket") : value("host");
    text += ";Port=" + value("port");
  } else if (transport == Transport::kSocket) {
    text += XAODBC_MARIADB_DRIVER ";Socket=" + value("socket");
  } else {
    text += XAODBC_MARIADB_DRIVER ";Server=" + value("host") + ";Port=" + value("port");
  }
  return text + ";Database=" + std::string(database);
}

std::string PrivateServer::connection_through(unsigned short other_port) {
  std::string text = connection(Transport::kTcp);
  const std::string direct = "Port=" + value("port");
  return text.replace(text.find(direct), direct.size(), "Port=" + std::to_string(other_port));
}

std::string PrivateServer::connection_string(Account account, Transport transport,
                                             std::string_view database) {
  if (kind_ == ServerKind::kSqlite)
    return connection() + ";SyncPragma=EXTRA;LoadExt=" XAODBC_SQLITE_EXTENSION;
  return connection(transport, database) + ";Uid=" + user(account) + ";Pwd=" + password(account);
}

SqlSession PrivateServer::connect(Account account) {
  return SqlSession(connection_string(account));
}

Rows PrivateServer::execute(std::string_view sql, Account account) {
  return connect(account).execute(sql);
}

std::string name_of(ServerKind kind) {
  std::string name = script_name(kind);
  name[0] = static_cast<char>(std::toupper(name[0]));
  return name;
}

}  // namespace xaodbc::support
