#include "bench/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace xaodbc::bench {
namespace {

using Line = std::map<unsigned, double>;  ///< threads → per second
using Lines = std::map<std::string, Line>;

constexpr double kWidth = 640;
constexpr double kHeight = 360;
constexpr double kLeft = 80;
constexpr double kRight = 180;
constexpr double kTop = 40;
constexpr double kBottom = 50;
constexpr std::array<const char*, 6> kColours = {"#444444", "#1b6ca8", "#d1495b",
                                                 "#2a9d5c", "#8a5cb8", "#c98a12"};

std::map<std::string, Lines> by_setting(const std::vector<Contested>& results,
                                        const std::string& scenario) {
  std::map<std::string, Lines> settings;
  for (const auto& result : results) {
    if (result.scenario != scenario) continue;
    auto& lines = settings[result.setting];
    for (const auto* who : {&result.comparison.floor, &result.comparison.candidate}) {
      lines[who->name][result.threads] = median(who->per_second);
    }
  }
  return settings;
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else {
      out += c;
    }
  }
  return out;
}

/// 1, 2 or 5 times a power of ten, so that about five of them reach `top`.
double tick_of(double top) {
  const double rough = std::max(top, 1.0) / 5;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough) return factor * power;
  }
  return 10 * power;
}

class Panel {
 public:
  Panel(std::string title, const Lines& lines, double top) : title_(std::move(title)), y0_(top) {
    for (const auto& [name, line] : lines) {
      for (const auto& [threads, rate] : line) {
        if (std::ranges::find(threads_, threads) == threads_.end()) threads_.push_back(threads);
        top_ = std::max(top_, rate);
      }
    }
    std::ranges::sort(threads_);
    tick_ = tick_of(top_);
    top_ = std::ceil(top_ / tick_) * tick_;
    draw(lines);
  }
  [[nodiscard]] const std::string& svg() const { return svg_; }

 private:
  /// Numbers of threads at equal distances, whatever lies between them.
  [[nodiscard]] double x(unsigned threads) const {
    const auto at = std::ranges::find(threads_, threads) - threads_.begin();
    const double steps = std::max(1.0, static_cast<double>(threads_.size()) - 1);
    return kLeft + static_cast<double>(at) / steps * (kWidth - kLeft - kRight);
  }
  [[nodiscard]] double y(double rate) const {
    return y0_ + kHeight - kBottom - rate / top_ * (kHeight - kTop - kBottom);
  }

  void text(double at_x, double at_y, const char* anchor, const std::string& words) {
    svg_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", at_x,
                        at_y, anchor, escaped(words));
  }

  void draw_axes() {
    text(kLeft, y0_ + 22, "start", title_ + ": transactions per second by threads");
    for (double rate = 0; rate <= top_ * 1.001; rate += tick_) {
      svg_ += fmt::format(
          "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"#dddddd\"/>\n",
          kLeft, y(rate), kWidth - kRight, y(rate));
      text(kLeft - 8, y(rate) + 4, "end", fmt::format("{:g}", rate));
    }
    for (const unsigned threads : threads_) {
      text(x(threads), y(0) + 20, "middle", std::to_string(threads));
    }
  }

  void draw_line(const std::string& name, const Line& line, const char* colour) {
    std::string points;
    for (const auto& [threads, rate] : line) {
      points += fmt::format("{:.1f},{:.1f} ", x(threads), y(rate));
      svg_ += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"{}\"/>\n", x(threads),
                          y(rate), colour);
    }
    svg_ +=
        fmt::format("<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>\n",
                    points, colour);
    const double at_y = y0_ + kTop + 18 * static_cast<double>(legend_++);
    svg_ += fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"12\" height=\"4\" fill=\"{}\"/>\n",
                        kWidth - kRight + 14, at_y, colour);
    text(kWidth - kRight + 32, at_y + 6, "start", name);
  }

  void draw(const Lines& lines) {
    draw_axes();
    std::size_t colour = 0;
    for (const auto& [name, line] : lines) {
      draw_line(name, line, kColours.at(colour++ % kColours.size()));
    }
  }

  std::string title_;
  double y0_;
  std::vector<unsigned> threads_;
  double top_ = 1;
  double tick_ = 1;
  int legend_ = 0;
  std::string svg_;
};

}  // namespace

std::string draw_chart(const std::vector<Contested>& results, const std::string& scenario) {
  std::string panels;
  double top = 0;
  for (const auto& [setting, lines] : by_setting(results, scenario)) {
    panels += Panel(scenario + ", " + setting, lines, top).svg();
    top += kHeight;
  }
  return fmt::format(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:g}\" height=\"{1:g}\" "
             "viewBox=\"0 0 {0:g} {1:g}\" font-family=\"sans-serif\" font-size=\"12\">\n"
             "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
             kWidth, std::max(top, 1.0)) +
         panels + "</svg>\n";
}

}  // namespace xaodbc::bench
