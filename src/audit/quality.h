// Whom the quality filter refuses: a filter that turns away one group more than another is a differential of
// its own.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "audit/report.h"
#include "audit/trials.h"
#include "engine/types.h"

namespace visavis::audit {

/// The filters that refuse anything; AUTO is one of them, as the server chooses.
inline constexpr std::array kQualityFilters = {engine::QualityFilter::kLow, engine::QualityFilter::kMedium,
                                               engine::QualityFilter::kHigh};

/// Why a filter refuses a picture's face, in Rekognition's words; empty: it does not, or there is no face.
using QualityReasons = std::vector<std::string>;

/// By filter, in the order of kQualityFilters, and picture of the set.
using QualityAnswers = std::array<std::vector<QualityReasons>, kQualityFilters.size()>;

/// What this program's filters say of the chosen face of each picture (after recognise_set()).
[[nodiscard]] QualityAnswers judge_set(const DataSet& set);

/// By group, worst first: pictures without a face, and faces that LOW, MEDIUM and HIGH refuse, with the
/// reasons. Intervals resample people where somebody has several pictures.
[[nodiscard]] std::vector<Section> quality(const DataSet& set, const QualityAnswers& answers,
                                           const Method& method);

}  // namespace visavis::audit
