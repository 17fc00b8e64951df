#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace xaodbc::log {

/// `<host>-<pid>-<16 hex digits>.seg`. Host and pid are for people: who lives is told by the lock.
/// Characters of the host that do not belong into a file name become underscores.
std::string segment_name(std::string_view host, std::uint32_t pid, std::uint64_t id);
/// The name a segment has while it is being made.
std::string temporary_name(std::string_view segment_name);

/// True for names that segment_name() makes; everything else in the directory is not read.
bool is_segment_name(std::string_view name);
bool is_temporary_name(std::string_view name);

struct Maker {
  std::string host;
  std::uint32_t pid = 0;
};
/// Whose segment or temporary a name says it is.
std::optional<Maker> maker_of(std::string_view name);
/// As it stands in the names of this host's segments.
std::string host_in_names(std::string_view host);

}  // namespace xaodbc::log
