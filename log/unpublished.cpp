#include "log/unpublished.h"

#include "log/unthrown.h"

namespace xaodbc::log {

/// One of the two names exists. If it cannot be removed, the file is a leftover or repeats what the
/// segment holds that it was to replace; both are harmless.
Unpublished::~Unpublished() {
  if (files_ == nullptr) return;
  for (const auto* name : {&temporary_, &path_}) {
    static_cast<void>(unthrown([&] { return files_->remove(*name); }));
  }
}

}  // namespace xaodbc::log
