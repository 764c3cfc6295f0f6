#include "audit/det.h"

#include <algorithm>
#include <cmath>

namespace visavis::audit {
namespace {

constexpr std::size_t kPoints = 60;
constexpr double kLowestRate = 1e-6;

/// How many pairs the share `rate` is; 0 where they cannot show it.
std::size_t rank_of(double rate, std::uint64_t pairs, std::size_t scores) noexcept {
    const auto rank = static_cast<std::size_t>(rate * static_cast<double>(pairs));
    return rank > scores ? 0 : rank;
}

}  // namespace

std::optional<double> score_at_rate(std::span<const double> non_mated, std::uint64_t pairs,
                                    double rate) noexcept {
    const std::size_t rank = rank_of(rate, pairs, non_mated.size());
    if (rank == 0) return std::nullopt;
    return non_mated[rank - 1];
}

Det det_of(std::string name, std::span<const double> non_mated, std::uint64_t pairs,
           std::span<const double> mated, std::shared_ptr<const Composition> data) {
    Det det{.name = std::move(name),
            .mated = mated.size(),
            .non_mated = pairs,
            .points = {},
            .data = std::move(data)};
    for (std::size_t i = 0; i < kPoints; ++i) {
        const double wanted = kLowestRate * std::pow(1 / kLowestRate, static_cast<double>(i) / (kPoints - 1));
        const std::size_t rank = rank_of(wanted, pairs, non_mated.size());
        if (rank == 0) continue;
        const auto below = std::ranges::lower_bound(mated, non_mated[rank - 1]) - mated.begin();
        det.points.emplace_back(static_cast<double>(rank) / static_cast<double>(pairs),
                                static_cast<double>(below) / static_cast<double>(mated.size()));
    }
    return det;
}

}  // namespace visavis::audit
