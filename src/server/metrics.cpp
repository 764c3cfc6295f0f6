#include "server/metrics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iterator>

#include <fmt/format.h>

namespace visavis::server {
namespace {

// Exposition format: a label value escapes backslash, quote and line feed; a help text backslash and line
// feed.
std::string escaped(std::string_view text, bool quotes) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (c == '\n') {
            out += "\\n";
        } else {
            if (c == '\\' || (quotes && c == '"')) out += '\\';
            out += c;
        }
    }
    return out;
}

// `a="x",b="y"`
std::string shown(const Labels& labels) {
    std::string out;
    for (const auto& [label, value] : labels) {
        if (!out.empty()) out += ',';
        out += fmt::format("{}=\"{}\"", label, escaped(value, true));
    }
    return out;
}

std::string number(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    return fmt::format("{}", value);
}

std::string braced(std::string_view labels) {
    return labels.empty() ? std::string{} : fmt::format("{{{}}}", labels);
}

}  // namespace

Histogram::Histogram(std::span<const double> bounds)
    : bounds_(bounds.begin(), bounds.end()), counts_(bounds.size() + 1) {}

void Histogram::observe(double value) noexcept {
    const auto bucket = std::ranges::lower_bound(bounds_, value) - bounds_.begin();
    counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
}

Histogram::Snapshot Histogram::snapshot() const {
    Snapshot out{bounds_, {}, sum_.load(std::memory_order_relaxed)};
    out.counts.reserve(counts_.size());
    for (const auto& count : counts_) out.counts.push_back(count.load(std::memory_order_relaxed));
    return out;
}

std::span<const double> duration_bounds() noexcept {
    static constexpr std::array kBounds{0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2,
                                        0.5,   1.0,   2.0,   5.0,  10.0, 20.0, 60.0};
    return kBounds;
}

Metrics::Series& Metrics::series(std::string_view name, std::string_view help, Type type,
                                 const Labels& labels) {
    auto family = families_.find(name);
    if (family == families_.end()) {
        family = families_.emplace(std::string(name), Family{std::string(help), type, {}}).first;
    } else if (family->second.type != type) {
        fmt::print(stderr, "metric `{}` is registered with two types\n", name);
        std::abort();
    }
    auto& all = family->second.series;
    std::string key = shown(labels);
    auto found = all.find(key);
    if (found != all.end()) return found->second;
    Labels kept = labels;
    if (all.size() >= kSeriesPerFamily && !labels.empty()) {
        for (auto& [label, value] : kept) value = "other";
        key = shown(kept);
    }
    return all.try_emplace(std::move(key), Series{std::move(kept), {}, {}, {}, {}}).first->second;
}

Counter& Metrics::counter(std::string_view name, std::string_view help, const Labels& labels) {
    const std::scoped_lock lock(mutex_);
    Series& found = series(name, help, Type::kCounter, labels);
    if (!found.counter) found.counter = std::make_unique<Counter>();
    return *found.counter;
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, const Labels& labels) {
    const std::scoped_lock lock(mutex_);
    Series& found = series(name, help, Type::kGauge, labels);
    if (!found.gauge) found.gauge = std::make_unique<Gauge>();
    return *found.gauge;
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help, const Labels& labels,
                              std::span<const double> bounds) {
    const std::scoped_lock lock(mutex_);
    Series& found = series(name, help, Type::kHistogram, labels);
    if (!found.histogram) found.histogram = std::make_unique<Histogram>(bounds);
    return *found.histogram;
}

void Metrics::gauge(std::string_view name, std::string_view help, const Labels& labels,
                    std::function<double()> read) {
    const std::scoped_lock lock(mutex_);
    series(name, help, Type::kGauge, labels).read = std::move(read);
}

void Metrics::counter(std::string_view name, std::string_view help, const Labels& labels,
                      std::function<double()> read) {
    const std::scoped_lock lock(mutex_);
    series(name, help, Type::kCounter, labels).read = std::move(read);
}

void Metrics::show(std::string& out, std::string_view name, std::string_view labels, const Series& series) {
    auto to = std::back_inserter(out);
    if (series.read) {
        fmt::format_to(to, "{}{} {}\n", name, braced(labels), number(series.read()));
    } else if (series.counter) {
        fmt::format_to(to, "{}{} {}\n", name, braced(labels), series.counter->value());
    } else if (series.gauge) {
        fmt::format_to(to, "{}{} {}\n", name, braced(labels), number(series.gauge->value()));
    } else if (series.histogram) {
        const Histogram::Snapshot values = series.histogram->snapshot();
        const std::string_view comma = labels.empty() ? "" : ",";
        std::uint64_t cumulated = 0;
        for (std::size_t i = 0; i < values.counts.size(); ++i) {
            cumulated += values.counts[i];
            const std::string bound = i < values.bounds.size() ? number(values.bounds[i]) : "+Inf";
            fmt::format_to(to, "{}_bucket{{{}{}le=\"{}\"}} {}\n", name, labels, comma, bound, cumulated);
        }
        fmt::format_to(to, "{}_sum{} {}\n", name, braced(labels), number(values.sum));
        fmt::format_to(to, "{}_count{} {}\n", name, braced(labels), cumulated);
    }
}

std::string Metrics::text() const {
    const std::scoped_lock lock(mutex_);
    std::string out;
    for (const auto& [name, family] : families_) {
        static constexpr std::array<std::string_view, 3> kTypes{"counter", "gauge", "histogram"};
        fmt::format_to(std::back_inserter(out), "# HELP {} {}\n# TYPE {} {}\n", name,
                       escaped(family.help, false), name, kTypes.at(static_cast<std::size_t>(family.type)));
        for (const auto& [labels, values] : family.series) show(out, name, labels, values);
    }
    return out;
}

}  // namespace visavis::server
