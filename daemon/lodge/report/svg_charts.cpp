#include "lodge/report/svg_charts.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace gatehouse::lodge {
namespace {

constexpr double kWidth = 480;
constexpr double kHeight = 168;
constexpr double kLeft = 26;  // room for the scale's numbers
constexpr double kTop = 10;
constexpr double kBottom = 142;  // the base line; the hours stand under it

// A top for the scale whose half is a whole number: 4, 6, 10, 20, 40, 60, 100 ...
std::uint32_t scale_top(std::uint32_t highest) {
  if (highest <= 4) return 4;
  for (std::uint32_t unit = 1; unit < 1'000'000'000; unit *= 10) {
    for (const std::uint32_t top : {6 * unit, 10 * unit, 20 * unit, 40 * unit}) {
      if (top >= highest) return top;
    }
  }
  return highest;
}

std::string bar(double x, double width, double from, double to, std::string_view style) {
  return fmt::format("<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>",
                     style, x, to, width, from - to);
}

}  // namespace

std::string hours_chart(const std::vector<HourBar>& hours, const std::string& description) {
  std::uint32_t highest = 0;
  for (const HourBar& hour : hours) {
    highest =
        std::max({highest, hour.deliberate + hour.unclear + hour.background, (hour.usual_tenths + 9) / 10});
  }
  const std::uint32_t top = scale_top(highest);
  const auto y_of = [&](double value) { return kBottom - value * (kBottom - kTop) / top; };
  const double step = (kWidth - kLeft) / static_cast<double>(std::max<std::size_t>(1, hours.size()));

  std::string out =
      fmt::format("<svg class=\"hours\" viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}\">",
                  kWidth, kHeight, html_escape(description));
  for (const std::uint32_t value : {top / 2, top}) {
    out += fmt::format("<line class=\"grid\" x1=\"{0:.0f}\" x2=\"{1:.0f}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>",
                       kLeft, kWidth, y_of(value));
    out += fmt::format("<text class=\"num\" x=\"{:.0f}\" y=\"{:.1f}\">{}</text>", kLeft - 6, y_of(value) + 4,
                       value);
  }
  for (std::size_t i = 0; i < hours.size(); ++i) {
    const HourBar& hour = hours[i];
    const double x = kLeft + step * static_cast<double>(i) + step * 0.14;
    const double width = step * 0.72;
    const double deliberate = hour.deliberate;
    const double unclear = deliberate + hour.unclear;
    const double all = unclear + hour.background;
    if (hour.background > 0) out += bar(x, width, y_of(unclear), y_of(all), "b-back");
    if (hour.unclear > 0) out += bar(x, width, y_of(deliberate), y_of(unclear), "b-unclear");
    if (hour.deliberate > 0) out += bar(x, width, y_of(0), y_of(deliberate), "b-delib");
    if (hour.usual_tenths > 0) {
      // A light edge first, so that the mark stands out on a dark bar too.
      for (const std::string_view style : {"halo", "usual"}) {
        out +=
            fmt::format("<line class=\"{0}\" x1=\"{1:.1f}\" x2=\"{2:.1f}\" y1=\"{3:.1f}\" y2=\"{3:.1f}\"/>",
                        style, x - 1.5, x + width + 1.5, y_of(hour.usual_tenths / 10.0));
      }
    }
    if (i % 3 == 0) {
      out += fmt::format("<text class=\"hour\" x=\"{:.1f}\" y=\"{:.0f}\">{}</text>", x + width / 2,
                         kBottom + 17, hour.label.substr(0, 2));
    }
  }
  out +=
      fmt::format("<line class=\"base\" x1=\"{0:.0f}\" x2=\"{1:.0f}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/></svg>",
                  kLeft, kWidth, kBottom);
  return out;
}

std::string range_strip(const Range& range, std::uint32_t today, std::uint32_t scale) {
  constexpr double kStrip = 120;
  const double unit = (kStrip - 10) / std::max<std::uint32_t>(1, scale);
  const auto x_of = [&](std::uint32_t value) { return 5 + unit * value; };
  std::string out = fmt::format(
      "<svg class=\"strip\" viewBox=\"0 0 {:.0f} 12\" aria-hidden=\"true\"><line class=\"grid\" x1=\"5\" "
      "x2=\"{:.0f}\" y1=\"6\" y2=\"6\"/>",
      kStrip, kStrip - 5);
  if (range.known) {
    out += fmt::format("<line class=\"band\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"6\" y2=\"6\"/>",
                       x_of(range.low), x_of(range.high) + 0.1);
  }
  const bool outside = range.known && today > range.high;
  out += fmt::format("<circle class=\"{}\" cx=\"{:.1f}\" cy=\"6\" r=\"3.6\"/></svg>",
                     outside ? "dot out" : "dot", x_of(today));
  return out;
}

std::string score_meter(int score) {
  constexpr double kMeter = 150;
  const double x = 3 + (kMeter - 6) * std::clamp(score, 0, 100) / 100.0;
  return fmt::format(
      "<svg class=\"meter\" viewBox=\"0 0 {0:.0f} 10\" aria-hidden=\"true\"><line class=\"grid\" x1=\"3\" "
      "x2=\"{1:.0f}\" y1=\"5\" y2=\"5\"/>"
      "<line class=\"fill\" x1=\"3\" x2=\"{2:.1f}\" y1=\"5\" y2=\"5\"/><circle class=\"dot\" cx=\"{2:.1f}\" "
      "cy=\"5\" r=\"4\"/></svg>",
      kMeter, kMeter - 3, x);
}

}  // namespace gatehouse::lodge
