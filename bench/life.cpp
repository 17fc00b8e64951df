#include "bench/life.h"

#include <utility>

#include "branch/gid.h"
#include "log/format.h"

namespace xaodbc::bench {
namespace {

using log::RecordType;

Xid make_xid(std::uint64_t number) {
  return Xid::create(0x62656e, "life." + std::to_string(number), "a").value();
}

}  // namespace

Life::Life(std::string resource, std::uint64_t number, std::uint64_t birth)
    : resource_(std::move(resource)),
      xid_(make_xid(number)),
      birth_(birth),
      gid_(encode_gid(xid_, resource_tag(resource_, "app"))) {}

void Life::set_server(std::string server, const std::string& database) {
  server_ = std::move(server);
  gid_ = encode_gid(xid_, resource_tag(resource_, database));
}

log::Record Life::record(RecordType type) const {
  log::Record record;
  record.type = type;
  record.xid = xid_;
  record.resource = resource_;
  record.birth = birth_;
  return record;
}

log::Record Life::preparing() const {
  auto made = record(RecordType::kPreparing);
  made.gid = gid_;
  made.server = server_;
  made.session = "123456/1700000000000000";
  return made;
}

log::Record Life::prepared() const {
  auto made = record(RecordType::kPrepared);
  made.transaction_id = "1234567";
  return made;
}

log::Record Life::committing() const { return record(RecordType::kCommitting); }

log::Record Life::done() const {
  auto made = record(RecordType::kDone);
  made.outcome = log::Outcome::kCommitted;
  return made;
}

std::size_t framed_size(const log::Record& record) {
  const auto size = log::kFrameHeaderSize + log::encode_record(record).size();
  return (size + log::kFrameAlignment - 1) / log::kFrameAlignment * log::kFrameAlignment;
}

}  // namespace xaodbc::bench
