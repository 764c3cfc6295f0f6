// Faces drawn into their picture.
#pragma once

#include <string>

#include <boost/json.hpp>

#include "base/error.h"

namespace visavis::app {

/// Writes `image` (a JPEG or PNG file) to `out` with the box, landmarks, pose axes and confidence of each of
/// `faces` (Rekognition's FaceDetail or ComparedFace): as SVG if `out` ends with `.svg` (a browser shows each
/// landmark's name under the pointer), else as PNG with a legend of the colours below. Below a face's box
/// stand the lines of its member `Captions` (ASCII), if it has one. Mode 0600: it shows people.
/// kInvalidImageFormat and the like for the image, kUnavailable if `out` cannot be written.
[[nodiscard]] Result<void> draw_faces(const std::string& image, const boost::json::array& faces,
                                      const std::string& out);

}  // namespace visavis::app
