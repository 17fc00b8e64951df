#pragma once

#include <filesystem>
#include <string>

namespace xaodbc::recovery {

struct DemoOptions {
  std::filesystem::path ini;
  std::filesystem::path library;    ///< libxaodbc.so; empty: found near the tool
  std::string step;                 ///< empty: the whole story; else what a child process plays
  std::filesystem::path directory;  ///< of the story's decision log, for a child
};

/// `xaodbc demo`. 0: no money was lost or made, 2: error.
int run_demo(const DemoOptions& options);

}  // namespace xaodbc::recovery
