#include "tests/support/shared_server.h"

#include <array>
#include <memory>
#include <mutex>

namespace xaodbc::support {
namespace {

struct Shared {
  bool durable = false;
  std::mutex mutex;
  std::array<std::unique_ptr<PrivateServer>, kDatabaseKinds.size()> servers;
};

Shared& shared() {
  static Shared instance;
  return instance;
}

PrivateServer& launched(ServerKind kind) {
  auto& server = shared().servers.at(static_cast<std::size_t>(kind));
  if (server == nullptr) {
    server = std::make_unique<PrivateServer>(kind, ServerOptions{.durable = shared().durable});
  }
  return *server;
}

}  // namespace

bool share_durable_servers() { return shared().durable = true; }

PrivateServer& shared_server(ServerKind kind) {
  const std::lock_guard lock(shared().mutex);
  PrivateServer& server = launched(kind);
  server.wait_until_ready();
  return server;
}

void start_shared_servers() {
  const std::lock_guard lock(shared().mutex);
  launched(ServerKind::kPostgresql);
  launched(ServerKind::kMariadb);
}

}  // namespace xaodbc::support
