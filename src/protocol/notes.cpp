#include "protocol/notes.h"

#include <algorithm>

#include <fmt/format.h>

#include "protocol/shapes.h"

namespace visavis::protocol {
namespace {

using boost::json::object;

object rate(const engine::RateInterval& interval) {
    return {{"Value", interval.value}, {"Low", interval.low}, {"High", interval.high}};
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
    if (notes.threshold_fmr) add("x-visavis-fmr", fmt::format("{}", notes.threshold_fmr->value));
    if (notes.extrapolated) add("x-visavis-extrapolated", "true");
    if (notes.gallery_size) add("x-visavis-gallery-size", fmt::format("{}", *notes.gallery_size));
    if (notes.expected_false_matches)
        add("x-visavis-expected-false-matches", fmt::format("{}", notes.expected_false_matches->value));
    if (notes.fpir) add("x-visavis-fpir", fmt::format("{}", notes.fpir->value));
    if (!notes.pack.empty()) add("x-visavis-pack", notes.pack);
    if (!notes.curve.empty()) add("x-visavis-curve", notes.curve);
    if (notes.receipt)
        add("x-visavis-receipt", fmt::format("{} {}", notes.receipt->index, notes.receipt->log));
    return headers;
}

}  // namespace visavis::protocol
