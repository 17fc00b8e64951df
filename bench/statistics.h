#pragma once

#include <cstdint>
#include <vector>

namespace xaodbc::bench {

/// The middle value, or the mean of the two in the middle. Throws std::invalid_argument for none.
double median(std::vector<double> values);

/// What a median was measured to be, and between which bounds it lies with 95 % confidence.
struct Interval {
  double middle = 0;
  double low = 0;
  double high = 0;
};

/// Percentile bootstrap of the median: no shape of the noise is assumed. The same values and seed
/// give the same interval.
Interval bootstrap_median(const std::vector<double>& values, std::uint64_t seed = 1);

/// a[i] / b[i]. What disturbed the machine in one round disturbed both of its parts. Throws
/// std::invalid_argument when the sizes differ or something is divided by zero.
std::vector<double> paired_ratios(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace xaodbc::bench
