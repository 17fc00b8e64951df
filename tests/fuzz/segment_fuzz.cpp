#include <algorithm>
#include <cstddef>
#include <string>

#include "log/segment_reader.h"
#include "tests/fuzz/require.h"
#include "tests/support/faulty_files.h"

namespace xaodbc::log {
namespace {

constexpr std::uint64_t kId = 7;

/// Frames with right checksums cannot be guessed: the first byte of each chunk says whether the
/// rest is a payload to be framed, or bytes to be taken as they are.
std::string segment_of(std::string_view input, const std::string& boot_id) {
  SegmentHeader header;
  header.id = kId;
  header.segment_size = kMinSegmentSize;
  header.boot_id = boot_id;
  std::string bytes = encode_header(header);
  while (input.size() >= 2 && bytes.size() < kMinSegmentSize / 2) {
    const bool framed = (input[0] & 1) != 0;
    const std::size_t size = static_cast<unsigned char>(input[1]);
    const auto chunk = input.substr(2, size);
    bytes += framed ? encode_frame(kId, bytes.size(), bytes.size(), chunk) : std::string(chunk);
    input.remove_prefix(std::min(input.size(), 2 + size));
  }
  bytes.resize(kMinSegmentSize, '\0');
  return bytes;
}

void read_to_the_end(const std::string& bytes) {
  support::FaultyFileSystem files;
  const std::filesystem::path path = "/segment";
  files.set_contents(path, bytes);
  const auto file = files.open(path, false);
  require(file.has_value(), "the segment can be opened");
  auto reader = SegmentReader::open(**file, files.boot_id());
  if (!reader) return;
  std::uint64_t end = kHeaderSize;
  for (;;) {
    const auto entry = reader->next();
    require(entry.has_value(), "reading memory does not fail");
    if (!*entry) break;
    require((*entry)->offset >= end, "records follow each other");
    end = (*entry)->offset + (*entry)->size;
    require(end <= bytes.size(), "no record reaches beyond the file");
    if (!(*entry)->record) continue;
    const auto again = read_record(**file, reader->header().id, (*entry)->offset);
    require(again.has_value() && *again == *(*entry)->record, "a record is found again");
  }
  const auto& why = reader->end();
  require(why.offset <= bytes.size(), "the end is in the file");
  require((why.how == ReadEnd::kClean) == why.what.empty(), "what is not clean is explained");
}

}  // namespace

/// Whatever stands in a segment, reading ends, in order and within the file.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto input = as_text(data, size);
  read_to_the_end(segment_of(input, std::string(16, 'b')));
  read_to_the_end(std::string(input));
  return 0;
}

}  // namespace xaodbc::log
