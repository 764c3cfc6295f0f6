#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "audit/report.h"

namespace visavis::audit {
namespace {

// Told apart by people with any colour vision (Okabe and Ito), and by dash and label besides.
constexpr std::array<const char*, 6> kColours = {"#0072b2", "#d55e00", "#007a5a",
                                                 "#8f4f7a", "#6b4f00", "#333333"};
constexpr std::array<const char*, 4> kDashes = {"", "7 3", "2 3", "9 3 2 3"};

std::string head(int width, int height, const std::string& title, const std::string& description) {
    return fmt::format(
        "<svg viewBox=\"0 0 {} {}\" role=\"img\" xmlns=\"http://www.w3.org/2000/svg\">"
        "<title>{}</title><desc>{}</desc>",
        width, height, escaped(title), escaped(description));
}

std::string power(int exponent) {
    if (exponent == 0) return "100 %";
    if (exponent == -1) return "10 %";
    if (exponent == -2) return "1 %";
    std::string zeros(static_cast<std::size_t>(-exponent % 3), '0');
    for (int i = 0; i < -exponent / 3; ++i) zeros += ",000";
    return "1 in 1" + zeros;
}

/// Maps log10 of a rate to pixels; rates below the axis stand at its end.
struct LogAxis {
    int low;  // exponents
    int high;
    double from;  // pixels
    double to;
    [[nodiscard]] double at(double rate) const {
        const double exponent = rate <= 0 ? low : std::clamp<double>(std::log10(rate), low, high);
        return from + (to - from) * (exponent - low) / (high - low);
    }
};

int floor_exponent(double rate) {
    return rate <= 0 ? 0 : std::max(-8, static_cast<int>(std::floor(std::log10(rate))));
}

}  // namespace

std::string svg(const BarChart& chart) {
    constexpr int kWidth = 720;
    constexpr int kLabels = 210;
    constexpr int kRow = 24;
    const int height = 40 + kRow * static_cast<int>(chart.bars.size());
    int low = -1;
    for (const auto& [label, rate] : chart.bars)
        if (const auto value = rate.value(); value && *value > 0)
            low = std::min(
                {low, floor_exponent(*value), floor_exponent(std::max(rate.interval().low, *value / 10))});
        else if (value)
            low = std::min(low, floor_exponent(rate.interval().high));
    int high = low + 1;  // no decade that stays empty
    for (const auto& [label, rate] : chart.bars)
        if (rate.value())
            high = std::max(
                high,
                std::min(0, static_cast<int>(std::ceil(std::log10(std::max(rate.interval().high, 1e-8))))));
    const LogAxis axis{.low = low, .high = high, .from = kLabels, .to = kWidth - 24};

    std::string out = head(
        kWidth, height, chart.title,
        fmt::format("Bars of the rate with its 95 % interval: {}. The table holds the numbers.", chart.axis));
    for (int exponent = low; exponent <= high; ++exponent) {
        const double x = axis.at(std::pow(10.0, exponent));
        out += fmt::format(
            "<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"24\" y2=\"{1}\" class=\"grid\"/>"
            "<text x=\"{0:.1f}\" y=\"16\" text-anchor=\"{2}\">{3}</text>",
            x, height - 10, exponent == high ? "end" : "middle", power(exponent));
    }
    int y = 30;
    for (const auto& [label, rate] : chart.bars) {
        out += fmt::format(R"(<text x="{}" y="{}" text-anchor="end">{}</text>)", kLabels - 8, y + 13,
                           escaped(label));
        if (const auto value = rate.value()) {
            const double end = axis.at(*value);
            const double left = axis.at(rate.interval().low);
            const double right = axis.at(rate.interval().high);
            if (*value > 0)
                out += fmt::format(R"(<rect x="{}" y="{}" width="{:.1f}" height="12" class="bar"/>)", kLabels,
                                   y + 3, std::max(1.0, end - kLabels));
            out +=
                fmt::format(R"(<path d="M{0:.1f} {2}H{1:.1f}M{0:.1f} {3}v8M{1:.1f} {3}v8" class="whisker"/>)",
                            left, right, y + 9, y + 5);
        } else {
            out += fmt::format(R"(<text x="{}" y="{}">too few to say</text>)", kLabels + 6, y + 13);
        }
        y += kRow;
    }
    return out + "</svg>";
}

std::string svg(const DetChart& chart) {
    constexpr int kWidth = 720;
    constexpr int kHeight = 420;
    const LogAxis x{.low = -6, .high = 0, .from = 70, .to = kWidth - 20};
    const LogAxis y{.low = -3, .high = 0, .from = kHeight - 90, .to = 20};
    std::string out =
        head(kWidth, kHeight + 18 * static_cast<int>(chart.curves.size() / 2), chart.title,
             "Detection error trade-off: false non-match rate upwards against false match rate to the "
             "right, both logarithmic. Lower and further left is better.");
    for (int exponent = x.low; exponent <= x.high; ++exponent)
        out += fmt::format(
            "<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"20\" y2=\"{1:.1f}\" class=\"grid\"/>"
            "<text x=\"{0:.1f}\" y=\"{2:.1f}\" text-anchor=\"middle\">10<tspan dy=\"-5\" "
            "font-size=\"9\">{3}</tspan></text>",
            x.at(std::pow(10.0, exponent)), y.from, y.from + 18, exponent);
    for (int exponent = y.low; exponent <= y.high; ++exponent)
        out += fmt::format(
            "<line x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\" class=\"grid\"/>"
            "<text x=\"{3}\" y=\"{4:.1f}\" text-anchor=\"end\">{5} %</text>",
            x.from, x.to, y.at(std::pow(10.0, exponent)), x.from - 6, y.at(std::pow(10.0, exponent)) + 4,
            100 * std::pow(10.0, exponent));
    out += fmt::format(
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">false match rate (strangers taken for one "
        "person)</text><text transform=\"rotate(-90 14 170)\" x=\"14\" y=\"170\" "
        "text-anchor=\"middle\">false non-match rate</text>",
        (x.from + x.to) / 2, y.from + 38);
    for (std::size_t i = 0; i < chart.curves.size(); ++i) {
        const Det& det = chart.curves[i];
        const char* colour = kColours[i % kColours.size()];
        const char* dash = kDashes[(i / kColours.size()) % kDashes.size()];
        std::string path;
        for (const auto& [fmr, fnmr] : det.points)
            path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", x.at(fmr), y.at(fnmr));
        const int column = static_cast<int>(i % 2);
        const std::size_t line = i / 2;
        const double row = y.from + 58 + 18 * static_cast<double>(line);
        out += fmt::format(
            "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\" stroke-dasharray=\"{}\"/>"
            "<path d=\"M{} {:.0f}h24\" stroke=\"{}\" stroke-width=\"2\" stroke-dasharray=\"{}\"/>"
            "<text x=\"{}\" y=\"{:.0f}\">{}</text>",
            path, colour, dash, 70 + 330 * column, row, colour, dash, 100 + 330 * column, row + 4,
            escaped(det.name));
    }
    return out + "</svg>";
}

std::string svg(const LineChart& chart) {
    constexpr int kWidth = 720;
    constexpr int kHeight = 400;
    constexpr double kBottom = kHeight - 70;
    double least = std::numeric_limits<double>::max();
    double most = 1;
    double lowest = 1;
    for (const auto& [label, points] : chart.lines)
        for (const LinePoint& point : points) {
            least = std::min(least, point.x);
            most = std::max(most, point.x);
            if (const auto value = point.rate.value(); value && *value > 0) lowest = std::min(lowest, *value);
        }
    const int left_end = static_cast<int>(std::floor(std::log10(std::clamp(least, 1.0, most)) + 1e-9));
    const LogAxis x{.low = left_end,
                    .high = std::max(left_end + 1, static_cast<int>(std::ceil(std::log10(most) - 1e-9))),
                    .from = 78,
                    .to = kWidth - 20};
    const LogAxis log_y{.low = std::min(-1, floor_exponent(lowest)), .high = 0, .from = kBottom, .to = 20};
    const double bottom = std::floor(lowest * 10) / 10 >= 1 ? 0.9 : std::floor(lowest * 10) / 10;
    const auto y = [&](double rate) {
        return chart.log_rate ? log_y.at(rate)
                              : kBottom - (kBottom - 20) * (std::max(rate, bottom) - bottom) / (1 - bottom);
    };
    const auto rows = static_cast<int>((chart.lines.size() + 1) / 2);
    std::string out = head(kWidth, kHeight + 18 * rows, chart.title,
                           fmt::format("{} upwards against {} to the right. Hollow points hold synthetic "
                                       "templates. The table holds the numbers.",
                                       chart.y_axis, chart.x_axis));
    for (int exponent = x.low; exponent <= x.high; ++exponent) {
        const double at = x.at(std::pow(10.0, exponent));
        out += fmt::format(
            "<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"20\" y2=\"{1}\" class=\"grid\"/>"
            "<text x=\"{0:.1f}\" y=\"{2}\" text-anchor=\"{4}\">{3}</text>",
            at, kBottom, kBottom + 18,
            with_commas(static_cast<std::uint64_t>(std::llround(std::pow(10.0, exponent)))),
            exponent == x.high ? "end" : "middle");
    }
    const int steps = chart.log_rate ? -log_y.low : 5;
    for (int i = 0; i <= steps; ++i) {
        const double rate =
            chart.log_rate ? std::pow(10.0, -i) : bottom + (1 - bottom) * i / static_cast<double>(steps);
        out += fmt::format(
            "<line x1=\"78\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\" class=\"grid\"/>"
            "<text x=\"72\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>",
            x.to, y(rate), y(rate), y(rate) + 4,
            chart.log_rate ? power(-i) : fmt::format("{:.0f} %", 100 * rate));
    }
    out += fmt::format(R"(<text x="{}" y="{}" text-anchor="middle">{}</text>)", (x.from + x.to) / 2,
                       kBottom + 38, escaped(chart.x_axis));
    for (std::size_t i = 0; i < chart.lines.size(); ++i) {
        const auto& [label, points] = chart.lines[i];
        const char* colour = kColours[i % kColours.size()];
        const char* dash = kDashes[(i / kColours.size()) % kDashes.size()];
        std::string path;
        std::string marks;
        for (const LinePoint& point : points) {
            const auto value = point.rate.value();
            if (!value) continue;
            const double left = x.at(point.x);
            path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", left, y(*value));
            marks += fmt::format(
                "<path d=\"M{0:.1f} {1:.1f}V{2:.1f}\" stroke=\"{3}\" stroke-width=\"1\"/>"
                "<circle cx=\"{0:.1f}\" cy=\"{4:.1f}\" r=\"4\" stroke=\"{3}\" stroke-width=\"2\" "
                "fill=\"{5}\"/>",
                left, y(point.rate.interval().low), y(point.rate.interval().high), colour, y(*value),
                point.synthetic ? "#fff" : colour);
        }
        const int column = static_cast<int>(i % 2);
        const std::size_t line = i / 2;
        const double row = kBottom + 58 + 18 * static_cast<double>(line);
        out += fmt::format(
            "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\" stroke-dasharray=\"{}\"/>{}"
            "<path d=\"M{} {:.0f}h24\" stroke=\"{}\" stroke-width=\"2\" stroke-dasharray=\"{}\"/>"
            "<text x=\"{}\" y=\"{:.0f}\">{}</text>",
            path, colour, dash, marks, 70 + 330 * column, row, colour, dash, 100 + 330 * column, row + 4,
            escaped(label));
    }
    return out + "</svg>";
}

std::string svg(const CalibrationChart& chart) {
    constexpr int kWidth = 340;
    constexpr int kHeight = 330;
    constexpr double kLeft = 52;
    constexpr double kRight = kWidth - 12;
    constexpr double kTop = 12;
    constexpr double kBottom = kHeight - 46;
    // Rates below a half are possible where answers mislead; the axis then begins at 0.
    double low = 0.5;
    for (const auto& [said, right] : chart.points)
        if (right.value() && right.interval().low < low) low = 0;
    const auto x = [&](double share) { return kLeft + (kRight - kLeft) * (share - 0.5) / 0.5; };
    const auto y = [&](double share) {
        return kBottom - (kBottom - kTop) * (std::clamp(share, low, 1.0) - low) / (1 - low);
    };
    std::string out =
        head(kWidth, kHeight, chart.title,
             "Share of answers that were right, upwards, against Confidence, to the right, with "
             "95 % intervals; the dashed line is where both are equal. The table holds the "
             "numbers.");
    for (const double share : {0.5, 0.6, 0.7, 0.8, 0.9, 1.0})
        out += fmt::format(
            "<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\" class=\"grid\"/>"
            "<text x=\"{0:.1f}\" y=\"{3}\" text-anchor=\"middle\">{4:.0f}</text>",
            x(share), kTop, kBottom, kBottom + 16, 100 * share);
    for (int tenth = low > 0 ? 5 : 0; tenth <= 10; tenth += low > 0 ? 1 : 2)
        out += fmt::format(
            "<line x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\" class=\"grid\"/>"
            "<text x=\"{3}\" y=\"{4:.1f}\" text-anchor=\"end\">{5} %</text>",
            kLeft, kRight, y(tenth / 10.0), kLeft - 6, y(tenth / 10.0) + 4, 10 * tenth);
    out += fmt::format(
        "<path d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\" class=\"ideal\"/>"
        "<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">Confidence said</text>",
        x(0.5), y(0.5), x(1), y(1), (kLeft + kRight) / 2, kHeight - 10);
    for (const auto& [said, right] : chart.points) {
        const auto value = right.value();
        if (!value) continue;
        out += fmt::format(
            "<path d=\"M{0:.1f} {1:.1f}V{2:.1f}M{3:.1f} {1:.1f}h8M{3:.1f} {2:.1f}h8\" "
            "class=\"whisker\"/><circle cx=\"{0:.1f}\" cy=\"{4:.1f}\" r=\"4\" class=\"bar\"/>",
            x(said), y(right.interval().low), y(right.interval().high), x(said) - 4, y(*value));
    }
    return out + "</svg>";
}

}  // namespace visavis::audit
