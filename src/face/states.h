// Eyes open, mouth open, smile, direction of the eyes: told from the geometry of mesh and eye contours.
// The three judgements are logistic regressions made by training/attributes/states.py, whose output
// (training/attributes/states.json) holds weights, counts and how often an answer was right.
#pragma once

#include <opencv2/core.hpp>

#include "face/attributes.h"
#include "face/eyes.h"
#include "face/mesh.h"

namespace visavis::face {

[[nodiscard]] Judgement mouth_open(const MeshShape& mesh);
[[nodiscard]] Judgement smile(const MeshShape& mesh);
[[nodiscard]] Judgement eyes_open(const MeshShape& mesh, const EyePair& eyes);

/// Head pose and pupil offset together. `open` is eyes_open() of the same face.
[[nodiscard]] EyeDirection eye_direction(const MeshShape& mesh, const EyePair& eyes, const Judgement& open);

/// Rekognition's thirty landmarks.
[[nodiscard]] std::vector<NamedPoint> thirty_landmarks(const MeshShape& mesh, const EyePair& eyes,
                                                       cv::Size picture);

}  // namespace visavis::face
