#include "tests/torture/database.h"

#include <charconv>
#include <chrono>
#include <stdexcept>
#include <string_view>
#include <thread>

namespace xaodbc::torture {
namespace {

void append_bytes(std::string& out, const void* data, int size) {
  constexpr const char* kDigits = "0123456789abcdef";
  const auto* bytes = static_cast<const unsigned char*>(data);
  out += "x'";
  for (int i = 0; i < size; ++i) {
    out += kDigits[bytes[i] >> 4];
    out += kDigits[bytes[i] & 15];
  }
  out += "'";
}

void append_text(std::string& out, std::string_view text) {
  out += "'";
  for (const char letter : text) {
    if (letter == '\0') {
      out += "\\0";
    } else {
      out += letter;
    }
  }
  out += "'";
}

void append_real(std::string& out, double value) {
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  const std::string text(buffer, end);
  out += text;
  if (text.find_first_of(".ein") == std::string::npos) out += ".0";
}

void append_column(std::string& out, sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      out += std::to_string(sqlite3_column_int64(statement, column));
      break;
    case SQLITE_FLOAT:
      append_real(out, sqlite3_column_double(statement, column));
      break;
    case SQLITE_TEXT: {
      const auto* text = static_cast<const char*>(sqlite3_column_blob(statement, column));
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
      append_text(out, std::string_view(text == nullptr ? "" : text, size));
      break;
    }
    case SQLITE_BLOB: {
      const void* blob = sqlite3_column_blob(statement, column);
      append_bytes(out, blob, sqlite3_column_bytes(statement, column));
      break;
    }
    default:
      out += "NULL";
  }
}

}  // namespace

Database::Database(const std::filesystem::path& file, Extension extension, int busy_milliseconds) {
  if (sqlite3_open(file.c_str(), &db_) != SQLITE_OK) throw std::runtime_error("sqlite3_open");
  sqlite3_busy_timeout(db_, busy_milliseconds);
  if (extension == Extension::kLoaded) load_extension();
  const std::string failure = run("PRAGMA synchronous = EXTRA; PRAGMA foreign_keys = ON");
  if (!failure.empty()) throw std::runtime_error(failure);
}

Database::~Database() { sqlite3_close_v2(db_); }

void Database::load_extension() {
  sqlite3_enable_load_extension(db_, 1);
  char* error = nullptr;
  if (sqlite3_load_extension(db_, XAODBC_SQLITE_EXTENSION, nullptr, &error) != SQLITE_OK) {
    const std::string text = error == nullptr ? "load_extension" : error;
    sqlite3_free(error);
    throw std::runtime_error(text);
  }
}

void Database::wait_eagerly() {
  constexpr int kSteps = 20'000;
  const auto wait = [](void*, int step) {
    std::this_thread::sleep_for(std::chrono::microseconds(500));
    return step < kSteps ? 1 : 0;
  };
  sqlite3_busy_handler(db_, wait, nullptr);
}

std::string Database::run(const std::string& sql) {
  char* error = nullptr;
  const int failed = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, &error);
  code_ = failed == SQLITE_OK ? SQLITE_OK : sqlite3_extended_errcode(db_);
  const std::string text = error == nullptr ? "" : error;
  sqlite3_free(error);
  return text;
}

std::string Database::ask(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  code_ = sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, nullptr);
  std::string out;
  while (code_ == SQLITE_OK || code_ == SQLITE_ROW) {
    code_ = sqlite3_step(statement);
    if (code_ != SQLITE_ROW) break;
    if (!out.empty()) out += '\n';
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
      if (i > 0) out += '|';
      append_column(out, statement, i);
    }
  }
  if (code_ == SQLITE_DONE) {
    code_ = SQLITE_OK;
  } else {
    code_ = sqlite3_extended_errcode(db_);
    out = std::string("error: ") + sqlite3_errmsg(db_);
  }
  sqlite3_finalize(statement);
  return out;
}

std::string Database::call(const std::string& function, const std::string& argument) {
  const std::string answer = ask("SELECT " + function + "('" + argument + "')");
  const bool quoted = answer.size() >= 2 && answer.front() == '\'';
  return quoted ? answer.substr(1, answer.size() - 2) : answer;
}

}  // namespace xaodbc::torture
