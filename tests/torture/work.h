#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace xaodbc::torture {

/// Random statements on the tables of the torture: some fail, for there are keys and references.
class Work {
 public:
  explicit Work(std::uint64_t seed) : random_(seed) {}

  std::string statement();
  /// 0, ..., bound - 1.
  int number(int bound);
  bool chance(int percent) { return number(100) < percent; }

 private:
  std::string id() { return std::to_string(number(16)); }
  std::string letter();
  std::string rowid();
  std::string value();
  std::string nullable(const std::string& value) { return chance(20) ? "NULL" : value; }
  std::string insert();
  std::string update();
  std::string remove();
  std::string upsert();

  std::mt19937_64 random_;
};

/// The one statement that no fence may refuse: its number was given out to nobody else.
constexpr const char* kAutoincrement = "INSERT INTO a(tag) VALUES('x')";

}  // namespace xaodbc::torture
