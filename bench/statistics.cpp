#include "bench/statistics.h"

#include <algorithm>
#include <cstddef>
#include <random>
#include <stdexcept>
#include <utility>

namespace xaodbc::bench {
namespace {

constexpr std::size_t kResamples = 2000;
constexpr double kLowQuantile = 0.025;
constexpr double kHighQuantile = 0.975;

double quantile(const std::vector<double>& sorted, double which) {
  return sorted[static_cast<std::size_t>(which * static_cast<double>(sorted.size() - 1))];
}

}  // namespace

double median(std::vector<double> values) {
  if (values.empty()) throw std::invalid_argument("the median of nothing");
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

Interval bootstrap_median(const std::vector<double>& values, std::uint64_t seed) {
  Interval interval;
  interval.middle = median(values);
  std::mt19937_64 random(seed);
  std::uniform_int_distribution<std::size_t> pick(0, values.size() - 1);
  std::vector<double> medians(kResamples);
  std::vector<double> sample(values.size());
  for (double& resampled : medians) {
    for (double& value : sample) value = values[pick(random)];
    resampled = median(sample);
  }
  std::ranges::sort(medians);
  interval.low = quantile(medians, kLowQuantile);
  interval.high = quantile(medians, kHighQuantile);
  return interval;
}

std::vector<double> paired_ratios(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size())
    throw std::invalid_argument("pairs need as many of one as of the other");
  std::vector<double> ratios;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (b[i] == 0) throw std::invalid_argument("a round in which nothing was done");
    ratios.push_back(a[i] / b[i]);
  }
  return ratios;
}

}  // namespace xaodbc::bench
