#include "audit/rate.h"

#include <cmath>
#include <stdexcept>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace visavis::audit {
namespace {

/// Two significant figures.
double rounded(double value) {
    if (value <= 0) return value;
    const double scale = std::pow(10.0, std::floor(std::log10(value)) - 1);
    return std::round(value / scale) * scale;
}

}  // namespace

std::string with_commas(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
    return text;
}

std::string in_words(double share) {
    if (share <= 0) return "0";
    if (share >= 0.9995) return fmt::format("{:.1f} %", 100 * share);
    if (share >= 0.1) return fmt::format("{:.1f} %", 100 * share);
    if (share >= 0.001) return fmt::format("{:.2f} %", 100 * share);
    return fmt::format("1 in {}", with_commas(static_cast<std::uint64_t>(std::llround(rounded(1 / share)))));
}

Rate::Rate(std::uint64_t events, std::uint64_t trials, Interval interval, IntervalMethod method,
           std::shared_ptr<const Composition> data)
    : events_(events), trials_(trials), interval_(interval), method_(method), data_(std::move(data)) {
    if (!data_) throw std::logic_error("a rate needs the composition of its data");
}

Rate Rate::of_trials(std::uint64_t events, std::uint64_t trials, std::shared_ptr<const Composition> data) {
    const bool none = events == 0;
    return {events, trials, none ? rule_of_three(trials) : wilson(events, trials),
            none ? IntervalMethod::kRuleOfThree : IntervalMethod::kWilson, std::move(data)};
}

Rate Rate::of_pairs(std::uint64_t events, std::uint64_t pairs, Interval interval, IntervalMethod method,
                    std::shared_ptr<const Composition> data) {
    return {events, pairs, interval, method, std::move(data)};
}

std::optional<double> Rate::value() const noexcept {
    if (too_few()) return std::nullopt;
    return static_cast<double>(events_) / static_cast<double>(trials_);
}

std::string Rate::sentence() const {
    if (trials_ == 0) return "not measured (nothing to count)";
    const std::string counts = fmt::format("{} of {}", with_commas(events_), with_commas(trials_));
    if (too_few()) return fmt::format("too few to say ({})", counts);
    return fmt::format("{} ({}; 95 %: {} to {})", in_words(*value()), counts, in_words(interval_.low),
                       in_words(interval_.high));
}

boost::json::object Rate::json() const {
    boost::json::object object;
    object["events"] = events_;
    object["trials"] = trials_;
    if (const auto rate = value())
        object["rate"] = *rate;
    else
        object["rate"] = nullptr;
    object["low"] = interval_.low;
    object["high"] = interval_.high;
    object["interval"] = name(method_);
    object["few_events"] = events_ < kFewEvents;
    object["data"] = data_->hash;
    return object;
}

}  // namespace visavis::audit
