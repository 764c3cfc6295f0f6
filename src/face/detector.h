// Face detection with YuNet (Wu et al., "YuNet: A Tiny Millisecond-level Face Detector", 2023).
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <opencv2/core.hpp>

#include "base/error.h"
#include "infer/session.h"

namespace visavis::face {

/// Pixels of the picture that was searched.
struct Candidate {
    cv::Rect2f box;
    float score{};  ///< √(class · objectness), 0…1
    std::array<cv::Point2f, 5> landmarks;
};

/// Not thread-safe: one detector a stream.
class Detector {
  public:
    Detector(infer::ModelFile file, infer::SessionOptions options);

    /// Faces of a B G R picture, best first, overlaps removed. Looks at the picture reduced to 640 pixels;
    /// again at full size in tiles where that finds nothing or very small faces; turned by 90, 180 and 270
    /// degrees where still nothing is found.
    [[nodiscard]] Result<std::vector<Candidate>> detect(const cv::Mat& picture);

  private:
    Result<infer::Session*> session_for(cv::Size size);
    Result<std::vector<Candidate>> run(const cv::Mat& picture);
    Result<std::vector<Candidate>> detect_upright(const cv::Mat& picture);
    Result<std::vector<Candidate>> detect_turned(const cv::Mat& picture);
    Result<std::vector<Candidate>> detect_in_patch(const cv::Mat& patch);
    Result<std::vector<Candidate>> detect_in_tiles(const cv::Mat& picture);

    infer::ModelFile file_;
    infer::SessionOptions options_;
    std::map<std::pair<int, int>, infer::Session> sessions_;  // by width, height of the network's input
};

}  // namespace visavis::face
