// Detection error trade-off curves.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "audit/report.h"

namespace visavis::audit {

/// A curve of at most 60 points at evenly spread false match rates from 1 in a million to 1. `non_mated` are
/// the highest scores of `pairs` non-mated pairs, descending: where they end, the curve does. `mated`:
/// ascending.
[[nodiscard]] Det det_of(std::string name, std::span<const double> non_mated, std::uint64_t pairs,
                         std::span<const double> mated, std::shared_ptr<const Composition> data);

/// The score that the share `rate` of `pairs` non-mated pairs reach; `non_mated` as above. Nothing where so
/// few pairs, or so few of their scores, cannot show that rate.
[[nodiscard]] std::optional<double> score_at_rate(std::span<const double> non_mated, std::uint64_t pairs,
                                                  double rate) noexcept;

}  // namespace visavis::audit
