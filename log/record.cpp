#include "log/record.h"

#include <array>
#include <utility>

#include "log/bytes.h"
#include "log/format.h"

namespace xaodbc::log {
namespace {

/// The texts of a record in the order of their tags on disk: tag n is entry n - 1.
constexpr std::array kTexts = {
    &Record::resource,       &Record::gid,           &Record::server, &Record::session,
    &Record::transaction_id, &Record::operator_name, &Record::reason};

constexpr std::array<std::string_view, 10> kTypeNames = {
    "unknown",    "preparing",    "rolled back", "read-only", "prepared",
    "committing", "rolling back", "done",        "heuristic", "forgotten"};
constexpr std::array<std::string_view, 5> kOutcomeNames = {"none", "committed", "rolled back",
                                                           "mixed", "hazard"};
constexpr std::uint8_t kDeciders = 3;
/// Everything in front of the XID's bytes.
constexpr std::size_t kFixedSize = 33;
/// Tag and size in front of a text.
constexpr std::size_t kTextHeadSize = 3;
/// Everything but the texts themselves.
constexpr std::size_t kMaxFixedSize =
    kFixedSize + 2 * Xid::kMaxPartSize + kTextHeadSize * kTexts.size();
static_assert(kTypeNames.size() - 1 == static_cast<std::size_t>(RecordType::kForgotten));
static_assert(kOutcomeNames.size() - 1 == static_cast<std::size_t>(Outcome::kHazard));

std::size_t size_without_texts(const Record& record) {
  return kFixedSize + record.xid.gtrid().size() + record.xid.bqual().size();
}

std::size_t size_of_text(const std::string& text) {
  return text.empty() ? 0 : kTextHeadSize + text.size();
}

tl::unexpected<Status> damaged(std::string what) {
  return failure(StatusCode::kLogDamaged, "record: " + std::move(what));
}

bool read_fixed(ByteReader& reader, Record& record) {
  const auto outcome = reader.number<std::uint8_t>();
  const auto decider = reader.number<std::uint8_t>();
  const auto birth = reader.number<std::uint64_t>();
  const auto time = reader.number<std::uint64_t>();
  const auto pid = reader.number<std::uint32_t>();
  if (!outcome || !decider || !birth || !time || !pid) return false;
  if (*outcome >= kOutcomeNames.size() || *decider >= kDeciders) return false;
  record.outcome = static_cast<Outcome>(*outcome);
  record.decider = static_cast<Decider>(*decider);
  record.birth = *birth;
  record.time_us = static_cast<std::int64_t>(*time);
  record.pid = *pid;
  return true;
}

bool read_xid(ByteReader& reader, Record& record) {
  const auto format_id = reader.number<std::uint64_t>();
  const auto gtrid_size = reader.number<std::uint8_t>();
  const auto bqual_size = reader.number<std::uint8_t>();
  if (!format_id || !gtrid_size || !bqual_size) return false;
  const auto gtrid = reader.bytes(*gtrid_size);
  const auto bqual = reader.bytes(*bqual_size);
  if (!gtrid || !bqual) return false;
  const auto xid = Xid::create(static_cast<std::int64_t>(*format_id), *gtrid, *bqual);
  if (xid) record.xid = *xid;
  return xid.has_value();
}

/// Tags ascend and no text is empty, so that every record has exactly one encoding.
bool read_texts(ByteReader& reader, Record& record) {
  std::size_t last_tag = 0;
  while (reader.size() > 0) {
    const auto tag = *reader.number<std::uint8_t>();
    const auto size = reader.number<std::uint16_t>();
    if (tag <= last_tag || tag > kTexts.size() || !size || *size == 0) return false;
    const auto text = reader.bytes(*size);
    if (!text) return false;
    record.*kTexts[tag - 1U] = *text;
    last_tag = tag;
  }
  return true;
}

}  // namespace

Status check_size(const Record& record) {
  std::size_t total = 0;
  for (const auto text : kTexts) {
    const std::size_t size = (record.*text).size();
    total += size;
    if (size > kMaxTextSize || total > kMaxPayloadSize - kMaxFixedSize) {
      return {StatusCode::kInvalidArgument,
              "a text of " + std::to_string(size) +
                  " bytes is too long for the branch log; shorten it"};
    }
  }
  return {};
}

void append_record(std::string& out, const Record& record) {
  std::array<char, kFixedSize> fixed{};
  char* next = fixed.data();
  const auto field = [&next](auto value) {
    write_number(next, value);
    next += sizeof value;
  };
  field(static_cast<std::uint8_t>(record.type));
  field(static_cast<std::uint8_t>(record.outcome));
  field(static_cast<std::uint8_t>(record.decider));
  field(record.birth);
  field(static_cast<std::uint64_t>(record.time_us));
  field(record.pid);
  field(static_cast<std::uint64_t>(record.xid.format_id()));
  field(static_cast<std::uint8_t>(record.xid.gtrid().size()));
  field(static_cast<std::uint8_t>(record.xid.bqual().size()));
  out.append(fixed.data(), fixed.size()).append(record.xid.gtrid()).append(record.xid.bqual());
  for (std::size_t i = 0; i < kTexts.size(); ++i) {
    const std::string& text = record.*kTexts[i];
    if (text.empty()) continue;
    put(out, static_cast<std::uint8_t>(i + 1));
    put(out, static_cast<std::uint16_t>(text.size()));
    out.append(text);
  }
}

std::string encode_record(const Record& record) {
  std::string out;
  out.reserve(encoded_size(record));
  append_record(out, record);
  return out;
}

std::size_t encoded_size(const Record& record) {
  std::size_t size = size_without_texts(record);
  for (const auto text : kTexts) size += size_of_text(record.*text);
  return size;
}

std::size_t bare_size(const Record& record) {
  return size_without_texts(record) + size_of_text(record.resource);
}

RecordHead head_of(std::string_view payload) {
  ByteReader reader(payload);
  RecordHead head;
  head.type = static_cast<RecordType>(*reader.number<std::uint8_t>());
  reader.number<std::uint8_t>();  // outcome
  head.decider = static_cast<Decider>(*reader.number<std::uint8_t>());
  head.birth = *reader.number<std::uint64_t>();
  head.time_us = static_cast<std::int64_t>(*reader.number<std::uint64_t>());
  return head;
}

Result<Record> decode_record(std::string_view payload) {
  ByteReader reader(payload);
  const auto type = reader.number<std::uint8_t>();
  if (!type) return damaged("empty");
  if (*type == 0 || *type >= kTypeNames.size()) {
    return damaged("unknown type " + std::to_string(*type) + ", perhaps of a newer version");
  }
  Record record;
  record.type = static_cast<RecordType>(*type);
  if (!read_fixed(reader, record)) return damaged("impossible outcome, decider, time or pid");
  if (!read_xid(reader, record)) return damaged("impossible XID");
  if (!read_texts(reader, record)) return damaged("impossible text field");
  return record;
}

std::string_view to_string(RecordType type) {
  const auto index = static_cast<std::size_t>(type);
  return kTypeNames[index < kTypeNames.size() ? index : 0];
}

std::string_view to_string(Outcome outcome) {
  const auto index = static_cast<std::size_t>(outcome);
  return index < kOutcomeNames.size() ? kOutcomeNames[index] : "unknown";
}

}  // namespace xaodbc::log
