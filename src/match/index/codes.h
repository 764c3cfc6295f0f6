// Eight bits for each number of a template, cut into two halves of four, with bounds on what is lost.
//
//     step  = scale byte · kScaleUnit                   the smallest that covers the row's largest number
//     code  = round(x / step + 127.5)        0…255      = 16 · upper half + lower half
//     x̂     = (code − 127.5) · step                     from both halves: |x − x̂| ≤ ½ step
//     x̂₄    = (upper half − 7.5) · 16 · step            from the upper half: |x − x̂₄| ≤ 8 step
//
// A query becomes 8-bit codes too: q ≈ q̂ = u · unit. What a search may conclude from codes alone, by
// Cauchy-Schwarz, for unit x:
//
//     q·x ≤ q̂·x̂₄ + ‖q̂‖ ‖x − x̂₄‖ + ‖q − q̂‖              (and with x̂ for x̂₄)
//
// ‖x − x̂₄‖ is stored with the row, rounded up, as a byte: slack / 255 of the largest that the step allows.
// For SFace templates it is 0.104 on average, so that 64 bytes a row rule out all but some 0.5 % of a
// million rows when the 100 best are wanted, and all but 0.01 % at a threshold of 0.49. Alternatives for the
// same 64 bytes: the first 64 numbers of a rotation to principal axes, at 8 bits, leave 27 % of a template's
// energy outside (measured on 2,799 FairFace templates: the spectrum is nearly flat), hence a bound of 0.27.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "match/kernels/kernels.h"

namespace visavis::match {

/// Largest norm that an Index accepts; see kNormTolerance there.
inline constexpr double kLargestNorm = 1.001;

inline constexpr double kMiddle = 127.5;
inline constexpr double kScaleUnit = kLargestNorm / 255 / kMiddle;

/// Covers the rounding of the kernels' single precision: some eight operations on numbers below 6.
inline constexpr double kRounding = 4e-6;

/// Codes of rows and queries of one dimension. Immutable; thread-safe.
class Codec {
  public:
    explicit Codec(std::size_t dimension);

    /// Groups of 8 numbers, a multiple of 4; numbers beyond the dimension count as 0.
    [[nodiscard]] std::size_t groups() const noexcept { return groups_; }
    [[nodiscard]] std::size_t dimension() const noexcept { return dimension_; }
    [[nodiscard]] std::size_t block_bytes() const noexcept {
        return kernels::kHeadBytes + groups_ * kernels::kGroupBytes;
    }
    [[nodiscard]] std::size_t low_bytes() const noexcept { return groups_ * 4; }

    struct RowCodes {
        std::uint8_t scale{};  ///< 1…255
        std::uint8_t slack{};
        std::vector<std::uint8_t> high;  ///< as `low`
        std::vector<std::uint8_t> low;   ///< groups · 4 bytes, see kernels.h
    };
    void encode(std::span<const float> row, RowCodes& into) const;

    struct QueryCodes {
        std::vector<std::int8_t> low;   ///< numbers 0…3 of each group
        std::vector<std::int8_t> high;  ///< numbers 4…7
        float unit{};
        std::int32_t sum{};  ///< Σ codes
        double norm{};       ///< ‖q̂‖
        double error{};      ///< ‖q − q̂‖
    };
    /// `unit`: the size of a code's step, if larger than the query needs. Queries of one batch are ruled out
    /// together best if they share it.
    [[nodiscard]] QueryCodes encode_query(std::span<const float> query, float unit = 0) const;
    [[nodiscard]] static float unit_of(std::span<const float> query) noexcept;

    /// What a scan computes with, except `cut`, `weight` and `offset`; see kernels::Cut.
    [[nodiscard]] kernels::Cut cut_of(const QueryCodes& query) const noexcept;

    /// The largest cosine that a row may have whose codes have these sums with the query's.
    [[nodiscard]] double bound(const QueryCodes& query, std::uint16_t scale, std::int32_t high_dot,
                               std::int32_t low_dot) const noexcept {
        const double dot = 16.0 * high_dot + low_dot - kMiddle * query.sum;
        return scale * (dot * kScaleUnit * double{query.unit} + half_step_ * query.norm) +
               query.error * kLargestNorm + kRounding;
    }

  private:
    std::size_t dimension_;
    std::size_t groups_;
    double slack_unit_;  // ‖x − x̂₄‖ per scale byte and slack byte
    double half_step_;   // ‖x − x̂‖ per scale byte, at most
};

}  // namespace visavis::match
