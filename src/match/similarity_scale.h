// Rekognition's `Similarity`, defined by an error rate instead of a network's taste:
//
//     Similarity = 100 · clamp(−log10(FMR) / 7, 0, 1)
//
// FMR is the rate at which pairs of different people reach that score. 80 means 2.5e-6, 99 means 1.2e-7, 100
// one in ten million or rarer. The curve score → FMR is measured, belongs to a model pack and is part of it
// (models/<pack>/calibration.json says on which photographs, how many pairs, and where extrapolation begins).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

namespace visavis::match {

struct CurvePoint {
    double score{};      ///< comparison score, ascending
    double log10_fmr{};  ///< descending or equal
    double log10_low{};  ///< 95 % interval of the above; NaN where the file gives none
    double log10_high{};
};

/// The 95 % interval of a false match rate.
struct FmrInterval {
    double low{};
    double high{};
};

/// Immutable; thread-safe.
class SimilarityScale {
  public:
    /// Reads a calibration file. kInternal with file and reason if it is missing, not monotone or too short.
    static Result<SimilarityScale> load(const std::string& file);

    /// False match rate at `score`; linear in log10 between points, the end values outside; in (0, 1].
    [[nodiscard]] double fmr(double score) const noexcept;

    /// The interval of that rate (bootstrap over people); nothing at scores for which the calibration file
    /// gives none.
    [[nodiscard]] std::optional<FmrInterval> fmr_interval(double score) const noexcept;

    /// The interval of the rate that a Similarity stands for, widened to hold it; nothing where the curve
    /// does not reach that rate or gives no interval.
    [[nodiscard]] std::optional<FmrInterval> interval_of_similarity(double similarity) const noexcept;

    /// 0…100, monotone in `score`.
    [[nodiscard]] double similarity(double score) const noexcept;

    /// The lowest score whose Similarity is at least `similarity` (0…100); −infinity for 0, +infinity where
    /// the curve does not reach so low a rate.
    [[nodiscard]] double score_at(double similarity) const noexcept;

    /// The rate that a Similarity stands for: 10^(−7 · similarity / 100).
    [[nodiscard]] static double fmr_of_similarity(double similarity) noexcept;

    /// Whether `score` lies beyond the measured data, where the curve is a fit.
    [[nodiscard]] bool extrapolated(double score) const noexcept { return score > last_measured_score_; }

    [[nodiscard]] double last_measured_score() const noexcept { return last_measured_score_; }

    /// What the scores are, as the calibration file says it, e.g. `cosine`.
    [[nodiscard]] const std::string& score_name() const noexcept { return name_; }

    /// The version of the pack it was measured with, and the SHA-256 of that pack's normalisation file; empty
    /// where the calibration file does not say.
    [[nodiscard]] const std::string& pack_version() const noexcept { return pack_version_; }
    [[nodiscard]] const std::string& normalisation() const noexcept { return normalisation_; }

  private:
    SimilarityScale() = default;

    std::string name_;
    std::string pack_version_;
    std::string normalisation_;
    std::vector<CurvePoint> points_;  // at least two
    double last_measured_score_{};
};

}  // namespace visavis::match
