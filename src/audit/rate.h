// A measured error rate. It cannot be made, and so cannot be printed, without the composition of the data it
// was measured on, and it holds its counts and interval: what an audit says is never a bare number.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <boost/json/fwd.hpp>

#include "audit/data_set.h"
#include "audit/interval.h"

namespace visavis::audit {

/// Below this many trials a rate is "too few to say".
inline constexpr std::uint64_t kFewestTrials = 30;
/// Below this many events a rate is marked as resting on few events.
inline constexpr std::uint64_t kFewEvents = 10;

class Rate {
  public:
    /// Of independent trials: Wilson's interval, or the rule of three when there is no event.
    static Rate of_trials(std::uint64_t events, std::uint64_t trials,
                          std::shared_ptr<const Composition> data);

    /// Of pairs of people: the interval is the caller's bootstrap over people.
    static Rate of_pairs(std::uint64_t events, std::uint64_t pairs, Interval interval, IntervalMethod method,
                         std::shared_ptr<const Composition> data);

    Rate() = delete;

    [[nodiscard]] std::uint64_t events() const noexcept { return events_; }
    [[nodiscard]] std::uint64_t trials() const noexcept { return trials_; }
    [[nodiscard]] bool too_few() const noexcept { return trials_ < kFewestTrials; }
    [[nodiscard]] const Composition& data() const noexcept { return *data_; }

    /// For ordering and for charts, which print the data's composition below them. Nothing if too few.
    [[nodiscard]] std::optional<double> value() const noexcept;
    [[nodiscard]] Interval interval() const noexcept { return interval_; }
    [[nodiscard]] IntervalMethod method() const noexcept { return method_; }

    /// `5.3 % (28 of 533; 95 %: 3.7 to 7.5 %)`, or `too few to say (2 of 14)`.
    [[nodiscard]] std::string sentence() const;

    /// {events, trials, rate|null, low, high, interval, few_events, data: hash of the data set}
    [[nodiscard]] boost::json::object json() const;

  private:
    Rate(std::uint64_t events, std::uint64_t trials, Interval interval, IntervalMethod method,
         std::shared_ptr<const Composition> data);

    std::uint64_t events_;
    std::uint64_t trials_;
    Interval interval_;
    IntervalMethod method_;
    std::shared_ptr<const Composition> data_;
};

/// A share in words: per cent down to 0.1 %, below that `1 in N`; `0`.
[[nodiscard]] std::string in_words(double share);

/// `1,234,567`.
[[nodiscard]] std::string with_commas(std::uint64_t number);

}  // namespace visavis::audit
