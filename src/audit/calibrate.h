// Measures a pack's curve from score to false match rate: what calibration.json holds.
//
//     FMR(score) = rate pooled over groups, each weighing the same · the worst group's factor
//
// The factor is the worst group's rate over the pooled one at the rarest rate where every group still has ten
// events. Beyond the data the pooled rate is a fitted tail (tail.h). Same inputs, same bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "audit/data_set.h"
#include "audit/scores.h"
#include "audit/trials.h"
#include "base/error.h"

namespace visavis::audit {

/// A group of fewer people is in no figure of a curve.
inline constexpr std::size_t kFewestPeople = 50;

/// People of one group: one template each, all different people.
struct CalibrationGroup {
    std::string name;
    Templates templates;
    std::vector<PositionPair> copies{};  ///< pairs of `templates` to leave out, sorted: see copies()
    std::shared_ptr<const Composition> data;
};

struct CalibrationOptions {
    std::size_t resamples{200};
    std::uint64_t seed{1};
    std::size_t threads{1};
};

/// The curve's part of calibration.json: `measured_on`, `worst_group`, `tail`, `last_measured_score`,
/// `points`, …, and `left_out`, the groups of fewer than kFewestPeople. kInvalidParameter if there is no
/// larger one.
[[nodiscard]] Result<boost::json::object> calibrate(std::span<const CalibrationGroup> given,
                                                    const CalibrationOptions& options);

/// Whether the default pack's normalisation was chosen and fitted without a person of a data set: half of the
/// people, of FairFace a quarter. The rule is training/templates.py's `fitted`.
[[nodiscard]] bool reports(const std::string& data_set, const std::string& person);

}  // namespace visavis::audit
