#include "protocol/notes.h"

#include <algorithm>
#include <ranges>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "protocol/shapes.h"

namespace visavis::protocol {
namespace {

using boost::json::object;

// A header of all 4,096 matches that a search may give would be more than some clients read.
constexpr std::size_t kMatchesInHeaders = 100;

object rate(const engine::RateInterval& interval) {
    object member{{"Value", interval.value}};
    if (interval.low) member["Low"] = *interval.low;
    if (interval.high) member["High"] = *interval.high;
    return member;
}

}  // namespace

object notes_member(const engine::AnswerNotes& notes) {
    object member;
    if (notes.threshold) member["Threshold"] = *notes.threshold;
    if (notes.threshold_fmr) member["ThresholdFmr"] = rate(*notes.threshold_fmr);
    if (notes.extrapolated) member["Extrapolated"] = true;
    if (!notes.match_rates.empty())
        member["MatchFmr"] = list_of(notes.match_rates, [](const auto& rate) { return rate.fmr; });
    if (std::ranges::any_of(notes.match_rates, &engine::MatchRate::extrapolated))
        member["MatchExtrapolated"] =
            list_of(notes.match_rates, [](const auto& rate) { return rate.extrapolated; });
    if (notes.gallery_size) member["GallerySize"] = *notes.gallery_size;
    if (notes.expected_false_matches) member["ExpectedFalseMatches"] = rate(*notes.expected_false_matches);
    if (notes.fpir) member["Fpir"] = rate(*notes.fpir);
    if (!notes.pack.empty()) member["Pack"] = notes.pack;
    if (!notes.curve.empty()) member["Curve"] = notes.curve;
    if (notes.receipt)
        member["Receipt"] = object{{"Log", notes.receipt->log}, {"Index", notes.receipt->index}};
    return member;
}

std::vector<server::Header> notes_headers(const engine::AnswerNotes& notes) {
    std::vector<server::Header> headers;
    const auto add = [&](const char* name, std::string value) {
        headers.push_back({.name = name, .value = std::move(value)});
    };
    if (notes.threshold) add("x-visavis-threshold", fmt::format("{}", *notes.threshold));
    const auto add_rate = [&](const char* name, const char* interval_name, const engine::RateInterval& rate) {
        add(name, fmt::format("{}", rate.value));
        if (rate.low && rate.high) add(interval_name, fmt::format("{} {}", *rate.low, *rate.high));
    };
    if (notes.threshold_fmr) add_rate("x-visavis-fmr", "x-visavis-fmr-interval", *notes.threshold_fmr);
    if (!notes.match_rates.empty()) {
        std::vector<double> first;
        for (const auto& rate : notes.match_rates | std::views::take(kMatchesInHeaders))
            first.push_back(rate.fmr);
        add("x-visavis-match-fmr", fmt::format("{}", fmt::join(first, " ")));
    }
    if (notes.extrapolated) add("x-visavis-extrapolated", "true");
    if (notes.gallery_size) add("x-visavis-gallery-size", fmt::format("{}", *notes.gallery_size));
    if (notes.expected_false_matches)
        add("x-visavis-expected-false-matches", fmt::format("{}", notes.expected_false_matches->value));
    if (notes.fpir) add_rate("x-visavis-fpir", "x-visavis-fpir-interval", *notes.fpir);
    if (!notes.pack.empty()) add("x-visavis-pack", notes.pack);
    if (!notes.curve.empty()) add("x-visavis-curve", notes.curve);
    if (notes.receipt)
        add("x-visavis-receipt", fmt::format("{} {}", notes.receipt->index, notes.receipt->log));
    return headers;
}

}  // namespace visavis::protocol
