#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "branch/xid.h"
#include "log/record.h"

namespace xaodbc::bench {

/// The records of branches as the bridge writes them for a PostgreSQL resource.
class Life {
 public:
  Life(std::string resource, std::uint64_t number, std::uint64_t birth);

  [[nodiscard]] const Xid& xid() const { return xid_; }
  [[nodiscard]] const std::string& gid() const { return gid_; }
  /// Where the branch lives: what Identity::server and the resource's tag are made of.
  void set_server(std::string server, const std::string& database);

  [[nodiscard]] log::Record preparing() const;
  [[nodiscard]] log::Record prepared() const;
  [[nodiscard]] log::Record committing() const;
  [[nodiscard]] log::Record done() const;

 private:
  [[nodiscard]] log::Record record(log::RecordType type) const;

  std::string resource_;
  Xid xid_;
  std::uint64_t birth_;
  std::string gid_;
  std::string server_ = "postgresql:7400000000000000000/app";
};

/// Bytes that a record takes in a segment.
std::size_t framed_size(const log::Record& record);

}  // namespace xaodbc::bench
