// Detection error trade-off curves.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "audit/report.h"

namespace visavis::audit {

/// A curve of at most 60 points at evenly spread false match rates from 1 in a million to 1. `non_mated` are
/// the highest scores of `pairs` non-mated pairs, descending: where they end, the curve does. `mated`:
/// ascending.
[[nodiscard]] Det det_of(std::string name, std::span<const double> non_mated, std::uint64_t pairs,
                         std::span<const double> mated, std::shared_ptr<const Composition> data);

}  // namespace visavis::audit
