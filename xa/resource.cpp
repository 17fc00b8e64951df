#include "xa/resource.h"

#include <pthread.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "xa/reaper.h"

namespace xaodbc::xa {
namespace {

/// What this process has open. A forked child starts with an empty one; the parent's objects stay
/// in its memory untouched, because closing them would speak on the parent's connections (I9).
struct Registry {
  struct Entry {
    std::shared_ptr<Resource> resource;
    unsigned openers = 0;
  };
  /// One log per directory and process: held while one is opened, by nobody who serves a branch.
  std::mutex opening_log;
  std::mutex mutex;  ///< guards the maps; never held during I/O
  std::map<std::string, Entry> resources;
  std::map<std::filesystem::path, std::weak_ptr<log::BranchLog>> logs;
};

/// Made when the library is loaded: the guard of a function's static could be held by another
/// thread at the moment of a fork, and nobody would ever let go of it in the child.
Registry* registry = new Registry();

Registry& the_registry() { return *registry; }

/// The maps are whole while this thread forks. (A signal handler that forks can wait here for the
/// thread that it interrupts, as it can in malloc.)
void hold_still() { registry->mutex.lock(); }
void go_on() { registry->mutex.unlock(); }

/// The parent's mutex stays locked here, with the registry that it belongs to.
void leave_parent_alone() {
  for (auto& [directory, log] : registry->logs) {
    if (const auto living = log.lock()) living->abandon_after_fork();
  }
  registry = new Registry();
}

[[maybe_unused]] const int watching = pthread_atfork(hold_still, go_on, leave_parent_alone);

std::string key_of(const config::OpenString& open_string) {
  return config::find_ini(open_string.ini).string() + "\n" + open_string.resource;
}

/// The resource counted as opened once more, or nullptr when nobody has it open.
std::shared_ptr<Resource> join_openers(const std::string& key) {
  Registry& all = the_registry();
  const std::lock_guard lock(all.mutex);
  const auto found = all.resources.find(key);
  if (found == all.resources.end()) return nullptr;
  ++found->second.openers;
  return found->second.resource;
}

/// Whoever comes second with a new resource of the same key gets the first one's.
std::shared_ptr<Resource> publish(const std::string& key, std::shared_ptr<Resource> resource) {
  Registry& all = the_registry();
  const std::lock_guard lock(all.mutex);
  auto& entry = all.resources[key];
  if (entry.resource == nullptr) entry.resource = std::move(resource);
  ++entry.openers;
  return entry.resource;
}

Result<std::shared_ptr<log::BranchLog>> open_log(const std::filesystem::path& directory) {
  Registry& all = the_registry();
  const std::lock_guard lock(all.opening_log);
  {
    const std::lock_guard maps(all.mutex);
    if (auto living = all.logs[directory].lock()) return living;
  }
  log::Options options;
  options.directory = directory;
  auto opened = log::BranchLog::open(options, posix_files());
  if (!opened && opened.error().is(StatusCode::kMisconfigured)) {
    return failure(
        StatusCode::kMisconfigured,
        opened.error().message() +
            "; set log in xaodbc.ini to a directory that this user may create and write; one that"
            " has served another user knows what is in doubt: let all in it belong to this one");
  }
  if (!opened) return opened;
  const std::lock_guard maps(all.mutex);
  all.logs[directory] = *opened;
  return opened;
}

Result<std::shared_ptr<Resource>> make_resource(const config::OpenString& open_string) {
  auto settings = config::load_resource(config::find_ini(open_string.ini), open_string.resource);
  if (!settings) return failure(settings.error());
  auto log = open_log(settings->log_directory);
  if (!log) return failure(log.error());
  auto resource = std::make_shared<Resource>();
  resource->settings = std::move(*settings);
  resource->log = std::move(*log);
  auto database = odbc::Database::open(resource->settings, resource->deadline());
  if (!database) return failure(database.error());
  resource->database = std::move(*database);
  if (!start_reaper()) {
    return failure(StatusCode::kMisconfigured,
                   "the system gives no thread for branch_timeout; raise the limit of threads");
  }
  return resource;
}

}  // namespace

Opener::~Opener() {
  if (resource_ != nullptr) close_resource(resource_);
}

Result<Opener> open_resource(const config::OpenString& open_string) {
  const std::string key = key_of(open_string);
  if (Opener known(join_openers(key)); known) {
    const auto deadline = known->deadline();
    if (auto status = known->database->prove_reachable(deadline); !status.is_ok()) {
      return failure(std::move(status));
    }
    return known;
  }
  auto made = make_resource(open_string);
  if (!made) return failure(made.error());
  return Opener(publish(key, std::move(*made)));
}

std::vector<std::shared_ptr<Resource>> open_resources() {
  Registry& all = the_registry();
  const std::lock_guard lock(all.mutex);
  std::vector<std::shared_ptr<Resource>> resources;
  for (const auto& [key, entry] : all.resources) resources.push_back(entry.resource);
  return resources;
}

namespace {

/// Takes the resource down when nobody has it open and no branch remains.
void let_go(const std::shared_ptr<Resource>& resource, unsigned openers) {
  std::shared_ptr<Resource> last;  // destroyed, and its connections closed, outside of the lock
  Registry& all = the_registry();
  const std::lock_guard lock(all.mutex);
  for (auto entry = all.resources.begin(); entry != all.resources.end(); ++entry) {
    if (entry->second.resource != resource) continue;
    entry->second.openers -= std::min(openers, entry->second.openers);
    if (entry->second.openers > 0 || resource->branches.size() > 0) return;
    last = std::move(entry->second.resource);
    all.resources.erase(entry);
    return;
  }
}

}  // namespace

void close_resource(const std::shared_ptr<Resource>& resource) { let_go(resource, 1); }

void close_if_unused(const std::shared_ptr<Resource>& resource) { let_go(resource, 0); }

}  // namespace xaodbc::xa
