// Counters, gauges and histograms, shown in Prometheus' text format (version 0.0.4). Every part of the
// program may register its own; the server serves them at `/metrics`.
//
//     Counter& failed = metrics.counter("visavis_authentication_failures_total", "Refused credentials.");
//     failed.add();
//
// A family is a name with one help text and one type; a series is a family with one set of labels. Asking for
// the same series again gives the same object. A family holds at most kSeriesPerFamily series: whatever comes
// beyond shares one whose label values all read `other`, so that a client cannot grow the registry.
//
// Thread-safe throughout; adding and observing take no lock. Returned references live as long as the
// registry.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace visavis::server {

using Labels = std::vector<std::pair<std::string, std::string>>;  ///< name, value; in the order to show

/// A count of things that happened; never falls.
class Counter {
  public:
    void add(std::uint64_t count = 1) noexcept { value_.fetch_add(count, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> value_{0};
};

/// A value that rises and falls.
class Gauge {
  public:
    void set(double value) noexcept { value_.store(value, std::memory_order_relaxed); }
    void add(double difference) noexcept { value_.fetch_add(difference, std::memory_order_relaxed); }
    [[nodiscard]] double value() const noexcept { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<double> value_{0};
};

/// How often a value fell at or below each of a list of bounds, and their sum.
class Histogram {
  public:
    /// `bounds` ascending, without the last, infinite one, which is always there.
    explicit Histogram(std::span<const double> bounds);

    void observe(double value) noexcept;

    struct Snapshot {
        std::vector<double> bounds;         ///< ascending, without infinity
        std::vector<std::uint64_t> counts;  ///< per bucket, not cumulated; one more than bounds
        double sum{0};
    };
    [[nodiscard]] Snapshot snapshot() const;

  private:
    std::vector<double> bounds_;
    std::vector<std::atomic<std::uint64_t>> counts_;
    std::atomic<double> sum_{0};
};

/// Bounds for durations in seconds: 1 ms to 60 s, three a decade.
[[nodiscard]] std::span<const double> duration_bounds() noexcept;

class Metrics {
  public:
    static constexpr std::size_t kSeriesPerFamily = 1000;

    Metrics() = default;
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;
    ~Metrics() = default;

    /// `name` and label names: `[a-z_][a-z0-9_]*`, a counter's name ends in `_total`, a duration's in
    /// `_seconds`. A name already taken by another type ends the program: that is a bug in it, found at
    /// start.
    Counter& counter(std::string_view name, std::string_view help, const Labels& labels = {});
    Gauge& gauge(std::string_view name, std::string_view help, const Labels& labels = {});
    Histogram& histogram(std::string_view name, std::string_view help, const Labels& labels = {},
                         std::span<const double> bounds = duration_bounds());

    /// A gauge or counter whose value is asked for at each display, e.g. the number of stored faces. `read`
    /// is called from any thread, must be quick, must not touch this registry, and must stay callable as long
    /// as the registry lives; asked for again with the same labels it takes the place of the earlier one.
    void gauge(std::string_view name, std::string_view help, const Labels& labels,
               std::function<double()> read);
    void counter(std::string_view name, std::string_view help, const Labels& labels,
                 std::function<double()> read);

    /// Everything, families sorted by name: the body for `text/plain; version=0.0.4`.
    [[nodiscard]] std::string text() const;

  private:
    enum class Type : std::uint8_t { kCounter, kGauge, kHistogram };
    struct Series {
        Labels labels;
        std::unique_ptr<Counter> counter;  // one of these four is set
        std::unique_ptr<Gauge> gauge;
        std::unique_ptr<Histogram> histogram;
        std::function<double()> read;
    };
    struct Family {
        std::string help;
        Type type{Type::kGauge};
        std::map<std::string, Series, std::less<>> series;  // by the labels as they are shown
    };

    Series& series(std::string_view name, std::string_view help, Type type, const Labels& labels);
    static void show(std::string& out, std::string_view name, std::string_view labels, const Series& series);

    mutable std::mutex mutex_;
    std::map<std::string, Family, std::less<>> families_;  // guarded by mutex_
};

}  // namespace visavis::server
