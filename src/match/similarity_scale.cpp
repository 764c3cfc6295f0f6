#include "match/similarity_scale.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace visavis::match {
namespace {

constexpr double kDecadesOfFullScale = 7;  // Similarity 100 is a false match rate of 10^-7
constexpr std::size_t kFewestPoints = 2;

std::unexpected<Error> broken(const std::string& file, std::string_view reason) {
    return fail(ErrorCode::kInternal, fmt::format("calibration file `{}`: {}", file, reason));
}

/// log10 of the rate (or of a bound of its interval) at `score`, linear between the two points around it.
double interpolate(const std::vector<CurvePoint>& points, double score,
                   double CurvePoint::* member = &CurvePoint::log10_fmr) {
    if (score <= points.front().score) return points.front().*member;
    if (score >= points.back().score) return points.back().*member;
    const auto above = std::ranges::upper_bound(points, score, {}, &CurvePoint::score);
    const auto below = std::prev(above);
    const double share = (score - below->score) / (above->score - below->score);
    return (*below).*member + share * ((*above).*member - (*below).*member);
}

}  // namespace

Result<SimilarityScale> SimilarityScale::load(const std::string& file) {
    const std::ifstream stream(file);
    if (!stream) return broken(file, "cannot be read; every model pack needs one");
    std::ostringstream text;
    text << stream.rdbuf();

    SimilarityScale scale;
    try {
        const boost::json::value document = boost::json::parse(text.str());
        if (document.at("format").to_number<int>() != 1) return broken(file, "`format` is not 1");
        scale.name_ = document.at("score").as_string();
        const auto optional_text = [&](const char* key) {
            const boost::json::value* value = document.as_object().if_contains(key);
            return value == nullptr ? std::string() : std::string(value->as_string());
        };
        scale.pack_version_ = optional_text("pack_version");
        scale.normalisation_ = optional_text("normalisation");
        scale.last_measured_score_ = document.at("last_measured_score").to_number<double>();
        for (const auto& point : document.at("points").as_array()) {
            const auto& object = point.as_object();
            const double rate = object.at("log10_fmr").to_number<double>();
            const auto bound = [&](const char* key) {
                const boost::json::value* value = object.if_contains(key);
                return value == nullptr ? std::numeric_limits<double>::quiet_NaN()
                                        : value->to_number<double>();
            };
            scale.points_.push_back({.score = object.at("score").to_number<double>(),
                                     .log10_fmr = rate,
                                     .log10_low = bound("log10_low"),
                                     .log10_high = bound("log10_high")});
        }
    } catch (const std::exception& error) {
        return broken(file, error.what());
    }

    if (scale.points_.size() < kFewestPoints) return broken(file, "fewer than two points");
    for (std::size_t i = 0; i < scale.points_.size(); ++i) {
        const CurvePoint& point = scale.points_[i];
        if (!std::isfinite(point.score) || !std::isfinite(point.log10_fmr) || point.log10_fmr > 0)
            return broken(file, fmt::format("point {} is not a score and a rate of at most 1", i));
        if (i > 0 &&
            (point.score <= scale.points_[i - 1].score || point.log10_fmr > scale.points_[i - 1].log10_fmr))
            return broken(file, fmt::format("point {}: scores must rise and rates must not", i));
        if (point.log10_low > point.log10_fmr || point.log10_high < point.log10_fmr)
            return broken(file, fmt::format("point {}: the interval does not hold the rate", i));
    }
    return scale;
}

double SimilarityScale::fmr(double score) const noexcept {
    return std::pow(10.0, interpolate(points_, score));
}

std::optional<FmrInterval> SimilarityScale::fmr_interval(double score) const noexcept {
    const FmrInterval interval{.low = std::pow(10.0, interpolate(points_, score, &CurvePoint::log10_low)),
                               .high = std::pow(10.0, interpolate(points_, score, &CurvePoint::log10_high))};
    if (std::isnan(interval.low) || std::isnan(interval.high)) return std::nullopt;
    return interval;
}

std::optional<FmrInterval> SimilarityScale::interval_of_similarity(double similarity) const noexcept {
    const double score = score_at(similarity);
    const auto interval = fmr_interval(score);
    if (!interval || score == std::numeric_limits<double>::infinity()) return std::nullopt;
    const double rate = fmr_of_similarity(similarity);
    return FmrInterval{.low = std::min(rate, interval->low), .high = std::max(rate, interval->high)};
}

double SimilarityScale::similarity(double score) const noexcept {
    return 100 * std::clamp(-interpolate(points_, score) / kDecadesOfFullScale, 0.0, 1.0);
}

double SimilarityScale::score_at(double similarity) const noexcept {
    if (similarity <= 0) return -std::numeric_limits<double>::infinity();
    const double wanted = -kDecadesOfFullScale * similarity / 100;
    if (points_.front().log10_fmr <= wanted) return points_.front().score;
    for (std::size_t i = 1; i < points_.size(); ++i) {
        const CurvePoint& above = points_[i];
        if (above.log10_fmr > wanted) continue;
        const CurvePoint& below = points_[i - 1];
        const double share = (wanted - below.log10_fmr) / (above.log10_fmr - below.log10_fmr);
        return below.score + share * (above.score - below.score);
    }
    return std::numeric_limits<double>::infinity();
}

double SimilarityScale::fmr_of_similarity(double similarity) noexcept {
    return std::pow(10.0, -kDecadesOfFullScale * std::clamp(similarity, 0.0, 100.0) / 100);
}

}  // namespace visavis::match
