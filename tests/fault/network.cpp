#include "tests/fault/network.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <mutex>
#include <set>

namespace xaodbc {
namespace {

using Part = support::Position::Part;
constexpr int kHalf = support::Position::kHalf;
constexpr int kAll = support::Position::kAll;

class Counter : public testing::Environment {
 public:
  void add(const std::string& name) {
    const std::lock_guard lock(mutex_);
    names_.insert(name);
  }
  void TearDown() override {
    std::cout << "fault positions exercised: " << names_.size() << std::endl;
    const char* directory = std::getenv("XAODBC_FAULT_COUNT_DIR");
    if (directory == nullptr) return;
    const auto counts = std::filesystem::path(directory) / "fault-positions";
    std::filesystem::create_directories(counts);
    std::ofstream(counts / program_invocation_short_name) << names_.size() << "\n";
  }

 private:
  std::mutex mutex_;
  std::set<std::string> names_;
};

Counter& counter() {
  static auto* const instance = new Counter;
  return *instance;
}

const auto* const registered = testing::AddGlobalTestEnvironment(&counter());

}  // namespace

bool Fault::stands_for_others() const {
  const bool at_the_start = position.bytes == 0;
  const bool halfway = position.bytes == kHalf;
  return at_the_start || (halfway && failure == Failure::kCut);
}

const std::vector<Fault>& cuts() {
  static const std::vector<Fault> all = {
      {"RequestLost", {Part::kRequest, 0}},
      {"RequestCutAfterByte1", {Part::kRequest, 1}},
      {"RequestCutAfterByte4", {Part::kRequest, 4}},
      {"RequestCutAfterByte5", {Part::kRequest, 5}},
      {"RequestCutHalfway", {Part::kRequest, kHalf}},
      {"RequestCutBeforeLastByte", {Part::kRequest, -1}},
      {"CutAsRequestArrives", {Part::kRequest, kAll}},
      {"AnswerLost", {Part::kAnswer, 0}},
      {"AnswerCutAfterByte1", {Part::kAnswer, 1}},
      {"AnswerCutAfterByte4", {Part::kAnswer, 4}},
      {"AnswerCutHalfway", {Part::kAnswer, kHalf}},
      {"AnswerCutBeforeLastByte", {Part::kAnswer, -1}},
      {"RequestLostUnheard", {Part::kRequest, 0}, Failure::kUnheard},
      {"RequestCutHalfwayUnheard", {Part::kRequest, kHalf}, Failure::kUnheard},
      {"RequestCutBeforeLastByteUnheard", {Part::kRequest, -1}, Failure::kUnheard},
      {"AnswerLostUnheard", {Part::kAnswer, 0}, Failure::kUnheard},
      {"AnswerCutHalfwayUnheard", {Part::kAnswer, kHalf}, Failure::kUnheard},
  };
  return all;
}

const std::vector<Fault>& stalls() {
  static const std::vector<Fault> all = {
      {"RequestStalls", {Part::kRequest, 0}, Failure::kStall},
      {"RequestStallsHalfway", {Part::kRequest, kHalf}, Failure::kStall},
      {"AnswerStalls", {Part::kAnswer, 0}, Failure::kStall},
      {"AnswerStallsHalfway", {Part::kAnswer, kHalf}, Failure::kStall},
  };
  return all;
}

const std::vector<Fault>& delays() {
  static const std::vector<Fault> all = {
      {"RequestDelayed", {Part::kRequest, 0}, Failure::kDelay},
      {"RequestDelayedHalfway", {Part::kRequest, kHalf}, Failure::kDelay},
      {"AnswerDelayed", {Part::kAnswer, 0}, Failure::kDelay},
      {"AnswerDelayedAfterByte1", {Part::kAnswer, 1}, Failure::kDelay},
  };
  return all;
}

std::vector<Fault> all_faults() {
  std::vector<Fault> all = cuts();
  all.insert(all.end(), stalls().begin(), stalls().end());
  all.insert(all.end(), delays().begin(), delays().end());
  return all;
}

std::vector<Fault> losses() {
  return {{"RequestLost", {Part::kRequest, 0}}, {"AnswerLost", {Part::kAnswer, 0}}};
}

std::vector<Fault> connect_faults(std::size_t exchanges) {
  const std::vector<Fault> each = {
      {"RequestLost", {Part::kRequest, 0}},
      {"AnswerLost", {Part::kAnswer, 0}},
      {"AnswerCutHalfway", {Part::kAnswer, kHalf}},
      {"AnswerStalls", {Part::kAnswer, 0}, Failure::kStall},
      {"AnswerDelayedHalfway", {Part::kAnswer, kHalf}, Failure::kDelay},
  };
  std::vector<Fault> all;
  for (std::size_t exchange = 0; exchange < exchanges; ++exchange) {
    for (Fault fault : each) {
      fault.name = "Exchange" + std::to_string(exchange) + fault.name;
      fault.exchange = exchange;
      all.push_back(std::move(fault));
    }
  }
  return all;
}

void count_fault() {
  const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
  counter().add(std::string(test->test_suite_name()) + "." + test->name());
}

}  // namespace xaodbc
