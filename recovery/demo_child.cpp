#include "recovery/demo_child.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <vector>

namespace xaodbc::recovery {
namespace {

Status failed(const std::string& what, int error) {
  return {StatusCode::kInternal, what + ": " + std::generic_category().message(error)};
}

Result<ChildEnd> wait_for(pid_t child, const std::string& step) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return failure(failed("waiting for step " + step, errno));
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return ChildEnd::kFine;
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return ChildEnd::kKilled;
  return failure(StatusCode::kInternal, "step " + step + " failed");
}

}  // namespace

Result<ChildEnd> run_child(const DemoOptions& options, const char* step) {
  std::vector<std::string> words{
      "xaodbc", "demo", "--ini", options.ini.string(), "--directory", options.directory.string(),
      "--step", step};
  if (!options.library.empty()) {
    words.insert(words.end(), {"--library", options.library.string()});
  }
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = -1;
  const int error =
      ::posix_spawn(&child, "/proc/self/exe", nullptr, nullptr, arguments.data(), environ);
  if (error != 0) return failure(failed("starting step " + std::string(step), error));
  return wait_for(child, step);
}

}  // namespace xaodbc::recovery
