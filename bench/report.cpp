#include "bench/report.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

namespace xaodbc::bench {
namespace {

void print(const std::string& line) {
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fputc('\n', stdout);
  std::fflush(stdout);
}

nlohmann::json to_json(const Performance& performance) {
  return {{"name", performance.name},
          {"per_second", performance.per_second},
          {"cpu_us", performance.cpu_us}};
}

nlohmann::json to_json(const Contested& contested) {
  return {{"scenario", contested.scenario},
          {"setting", contested.setting},
          {"threads", contested.threads},
          {"floor", to_json(contested.comparison.floor)},
          {"candidate", to_json(contested.comparison.candidate)},
          {"ratio",
           {{"median", contested.ratio.middle},
            {"low", contested.ratio.low},
            {"high", contested.ratio.high}}}};
}

std::string row_of(const Contested& contested) {
  const auto& [floor, candidate] = contested.comparison;
  return fmt::format(
      "{:<18} {:>4} {:<26} {:>10.0f} {:>10.0f}  {:.2f} [{:.2f}, {:.2f}] {:>8.0f} {:>8.0f}",
      contested.setting, contested.threads, candidate.name, median(floor.per_second),
      median(candidate.per_second), contested.ratio.middle, contested.ratio.low,
      contested.ratio.high, median(floor.cpu_us), median(candidate.cpu_us));
}

}  // namespace

void Report::begin(const std::string& scenario, const std::string& summary) {
  clear_progress();
  scenario_ = scenario;
  table_open_ = false;
  print(fmt::format("\n{}: {}", scenario, summary));
}

void Report::progress(const std::string& what) {
  if (::isatty(STDERR_FILENO) == 1) {
    fmt::print(stderr, "\r\033[K{}: {}", scenario_, what);
    std::fflush(stderr);
    progress_shown_ = true;
    return;
  }
  // A file gets no line for every round.
  std::string begun = what.substr(0, what.find(':'));
  if (begun == begun_) return;
  begun_ = std::move(begun);
  fmt::print(stderr, "{}: {}\n", scenario_, begun_);
}

void Report::clear_progress() {
  if (!std::exchange(progress_shown_, false)) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
}

void Report::add(const std::string& setting, unsigned threads, const Comparison& comparison) {
  clear_progress();
  if (!std::exchange(table_open_, true)) {
    print(fmt::format("{:<18} {:>4} {:<26} {:>10} {:>10}  {:<18} {:>8} {:>8}", "setting", "thr",
                      "candidate", "floor/s", "cand/s", "ratio [95 %]", "floor us", "cand us"));
  }
  contested_.push_back(
      {scenario_, setting, threads, comparison, bootstrap_median(comparison.ratios())});
  print(row_of(contested_.back()));
}

void Report::add(const std::string& name, double value, const std::string& unit) {
  clear_progress();
  values_.push_back({scenario_, name, value, unit});
  print(fmt::format("{:<58} {:>14.6g} {}", name, value, unit));
}

void Report::note(const std::string& text) {
  clear_progress();
  print(text);
}

void Report::describe(const Facts& facts) {
  clear_progress();
  for (const auto& [name, fact] : facts) {
    facts_[name] = fact;
    print(fmt::format("{:<12} {}", name, fact));
  }
}

void Report::write_json(const std::filesystem::path& file) const {
  nlohmann::json json = {{"machine", facts_},
                         {"comparisons", nlohmann::json::array()},
                         {"values", nlohmann::json::array()}};
  for (const auto& contested : contested_) json["comparisons"].push_back(to_json(contested));
  for (const auto& value : values_) {
    json["values"].push_back({{"scenario", value.scenario},
                              {"name", value.name},
                              {"value", value.value},
                              {"unit", value.unit}});
  }
  std::ofstream out(file);
  out << json.dump(2) << "\n";
  if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

}  // namespace xaodbc::bench
