#include "sqlite/value.h"

#include <bit>
#include <cstring>

namespace xaodbc::sqlite {
namespace {

std::string bytes_of(const void* data, int size) {
  // An empty blob has no address.
  if (data == nullptr || size <= 0) return {};
  std::string bytes(static_cast<std::size_t>(size), '\0');
  std::memcpy(bytes.data(), data, bytes.size());
  return bytes;
}

void append_number(std::string& out, std::uint64_t number) {
  for (int shift = 0; shift < 64; shift += 8) out.push_back(static_cast<char>(number >> shift));
}

void append_bytes(std::string& out, const std::string& bytes) {
  append_number(out, bytes.size());
  out += bytes;
}

}  // namespace

Value read_value(sqlite3_value* value) {
  switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
      return std::int64_t{sqlite3_value_int64(value)};
    case SQLITE_FLOAT:
      return sqlite3_value_double(value);
    case SQLITE_TEXT: {
      const unsigned char* text = sqlite3_value_text(value);
      return Text{bytes_of(text, sqlite3_value_bytes(value))};
    }
    case SQLITE_BLOB: {
      const void* blob = sqlite3_value_blob(value);
      return Blob{bytes_of(blob, sqlite3_value_bytes(value))};
    }
    default:
      return std::monostate();
  }
}

bool is_null(const Value& value) { return std::holds_alternative<std::monostate>(value); }

std::string encode(const Row& row) {
  std::string out;
  for (const Value& value : row) {
    out.push_back(static_cast<char>('0' + value.index()));
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
      append_number(out, static_cast<std::uint64_t>(*integer));
    } else if (const auto* real = std::get_if<double>(&value)) {
      append_number(out, std::bit_cast<std::uint64_t>(*real));
    } else if (const auto* text = std::get_if<Text>(&value)) {
      append_bytes(out, text->bytes);
    } else if (const auto* blob = std::get_if<Blob>(&value)) {
      append_bytes(out, blob->bytes);
    }
  }
  return out;
}

}  // namespace xaodbc::sqlite
