// Faces drawn into their picture.
#pragma once

#include <string>

#include <boost/json.hpp>

#include "base/error.h"

namespace visavis::app {

/// Writes `image` (a JPEG or PNG file) as PNG to `out` with a box, five points and the confidence of each of
/// `faces` (Rekognition's FaceDetail or ComparedFace). Mode 0600: it shows people. kInvalidImageFormat and
/// the like for the image, kUnavailable if `out` cannot be written.
[[nodiscard]] Result<void> draw_faces(const std::string& image, const boost::json::array& faces,
                                      const std::string& out);

}  // namespace visavis::app
