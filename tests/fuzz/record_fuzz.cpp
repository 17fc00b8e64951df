#include <cstddef>

#include "log/record.h"
#include "tests/fuzz/require.h"

/// Bytes are refused, or are the one encoding of the record that they make.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto payload = as_text(data, size);
  const auto record = xaodbc::log::decode_record(payload);
  if (record) require(xaodbc::log::encode_record(*record) == payload, "one record, one encoding");
  return 0;
}
