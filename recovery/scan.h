#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/status.h"
#include "recovery/facts.h"
#include "recovery/sources.h"

namespace xaodbc::recovery {

/// Why a resource could not be looked at, wholly or in part.
struct ScanError {
  std::string resource;
  std::string message;
};

struct Scan {
  std::vector<BranchFacts> branches;
  std::vector<ScanError> errors;
};

/// All branches of one resource that the server lists or the log keeps. Changes nothing and ends no
/// session. What one side cannot tell is an error beside the branches that the other knows (I5).
Scan scan_resource(Sources& sources);

/// The named resources, or all of the ini file in its order. A resource that cannot be loaded or
/// reached does not hide the others. An error of the file itself is returned.
Result<Scan> scan_all(const std::filesystem::path& ini, const std::vector<std::string>& names,
                      FileSystem& files);

}  // namespace xaodbc::recovery
