// How often attributes are wrong, and for whom: the layout of Gender Shades (Buolamwini and Gebru, 2018), by
// group, worst first, with counts and intervals.
#pragma once

#include <optional>
#include <vector>

#include "audit/report.h"
#include "face/pipeline.h"

namespace visavis::audit {

/// What was said of a picture's chosen face; nothing where no face was found.
struct AttributeAnswer {
    bool female{};
    float confidence{};  ///< 50…100
    int youngest{};      ///< years
    int oldest{};
};
using AttributeAnswers = std::vector<std::optional<AttributeAnswer>>;

/// Gender and age range of the chosen face of each picture of `set` (after recognise_set()), in its order.
/// Errors: those of reading a picture again.
[[nodiscard]] Result<AttributeAnswers> describe_set(const DataSet& set, const face::Pipeline& pipeline,
                                                    int threads, const Progress& progress);

/// Label columns that attributes() needs among the set's: `gender` (F/M or Female/Male), and `age` (bands
/// such as `20-29`, `more than 70`).
[[nodiscard]] Result<std::vector<Section>> attributes(const DataSet& set, const AttributeAnswers& answers);

}  // namespace visavis::audit
