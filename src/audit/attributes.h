// How often attributes are wrong, and for whom: the layout of Gender Shades (Buolamwini and Gebru, 2018), by
// group, worst first, with counts and intervals.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/report.h"
#include "face/pipeline.h"

namespace visavis::audit {

/// What somebody wrote down of one picture's face; what is absent was not written down.
struct AttributeLabels {
    std::string group;  ///< race, ethnicity or country, and gender, as far as there are; may be empty
    std::optional<bool> female;
    std::string band;           ///< of ages, e.g. `20-29`; empty: none
    std::optional<double> age;  ///< middle of the band, years
    std::optional<bool> smile;
    std::optional<bool> mouth_open;
    std::optional<bool> eyes_open;
    std::optional<face::Pose> pose;  ///< degrees, signs as in face/types.h
};

/// The labels of `csv` for each picture of `set`, in its order. Columns that are read where they exist:
/// `race`, `ethnicity` or `country`; `gender` or `sex` (F/M, Female/Male); `age` (bands such as `20-29`,
/// `more than 70`; whole tables of plain numbers are not read); `smile`, `mouth_open`, `eyes_open` (1, 0 or
/// empty); `roll`, `yaw`, `pitch` (degrees; those named in `reversed` count the other way round than
/// face/types.h does). kInvalidParameter, naming table, line and value, for a value that is none of these.
[[nodiscard]] Result<std::vector<AttributeLabels>> read_attribute_labels(
    const std::string& csv, const DataSet& set, const std::vector<std::string>& reversed = {});

/// Columns of `csv` that make groups: of `race`, `ethnicity`, `country` the first; of `gender`, `sex` the
/// first; `age` if it holds bands.
[[nodiscard]] Result<std::vector<std::string>> attribute_group_columns(const std::string& csv);

/// What was said of a picture's chosen face. Distances are means over points, in distances between the eyes.
struct AttributeAnswer {
    face::Attributes said;               ///< everything but emotions, which no photograph is labelled with
    std::optional<double> off_detector;  ///< the mesh's from the detector's five points; absent without mesh
    std::optional<double> off_mirror;    ///< thirty points from those of the mirrored picture, mirrored back
};

/// Nothing where no face was found.
using AttributeAnswers = std::vector<std::optional<AttributeAnswer>>;

/// Attributes of the chosen face of each picture of `set` (after recognise_set()), in its order. Errors:
/// those of reading a picture again.
[[nodiscard]] Result<AttributeAnswers> describe_set(const DataSet& set, const face::Pipeline& pipeline,
                                                    int threads, const Progress& progress);

/// Sections for what `labels` hold: failures to find a face always; gender, age, smile, eyes and mouth, pose
/// and Confidence where there are labels; landmarks where answers say how far they are off.
[[nodiscard]] std::vector<Section> attributes(const DataSet& set, const std::vector<AttributeLabels>& labels,
                                              const AttributeAnswers& answers);

}  // namespace visavis::audit
