#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "odbc/dialect.h"

namespace xaodbc::recovery {

struct DoctorOptions {
  std::filesystem::path ini;
  std::vector<std::string> resources;  ///< empty: all
  bool json = false;
};

/// What was found about one resource, or about the host (empty name).
struct Section {
  std::string resource;
  std::vector<odbc::Finding> findings;
};

/// `xaodbc doctor`. 0: no problem, 1: problems, 2: the ini file could not be read.
int run_doctor(const DoctorOptions& options);

/// For people and for programs: `{"findings": [...]}`.
std::string findings_text(const std::vector<Section>& sections);
std::string findings_json(const std::vector<Section>& sections);

}  // namespace xaodbc::recovery
