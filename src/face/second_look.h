// Which way up is this face? YuNet finds faces that lie on their side or stand on their head, but places the
// landmarks as if they were upright. Measured on 223 photographs of three sets, turned in steps of 45
// degrees: of the upright ones 7 % score below 0.9, of those turned by 45 degrees or more 60 to 97 %. So a
// face below that is looked at again, alone, at the size YuNet knows best and in up to eight orientations.
// Seven of 51 faces on their head scored between 0.9 and 0.91, where few upright ones lie: up to 0.915 it is
// asked whether the face stands on its head, and nothing else is changed.
#pragma once

#include <functional>
#include <vector>

#include <opencv2/core.hpp>

#include "base/error.h"
#include "face/detector.h"

namespace visavis::face {

/// Side of the picture that a second look shows to the network; the face fills half of it.
inline constexpr int kPatchSide = 224;

/// Candidates of a kPatchSide × kPatchSide picture, best first.
using PatchDetector = std::function<Result<std::vector<Candidate>>(const cv::Mat&)>;

/// Whether the first look leaves the orientation open, or the face is rolled so far that its landmarks are
/// coarse.
[[nodiscard]] bool deserves_second_look(const Candidate& seen);

/// The face of `seen` as it looks best: in the orientation that scores highest, its landmarks taken with the
/// head turned upright. `seen` itself if no look beats it. Errors are those of `detect`.
[[nodiscard]] Result<Candidate> look_again(const cv::Mat& picture, const Candidate& seen,
                                           const PatchDetector& detect);

}  // namespace visavis::face
