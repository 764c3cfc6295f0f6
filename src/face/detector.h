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
    /// again, in tiles, at 1920 where that finds nothing or very small faces, else at 960 if the picture is
    /// so large that a face of 40 pixels in a frame of 1920 would be missed; turned by 90, 180 and 270
    /// degrees where still nothing is found. At most 32 runs of the network, and second looks at 8 faces.
    [[nodiscard]] Result<std::vector<Candidate>> detect(const cv::Mat& picture);

  private:
    struct Look {
        std::vector<Candidate> candidates;  // in the picture's pixels
        bool small{};  // some are so small, as they were looked at, that others may be missed
    };

    Result<infer::Session*> session_for(cv::Size size);
    Result<std::vector<Candidate>> run(const cv::Mat& picture);
    /// At the picture reduced to that longest side, in tiles of what the network takes.
    Result<Look> look(const cv::Mat& whole, int side);
    Result<std::vector<Candidate>> detect_upright(const cv::Mat& picture, int closest);
    Result<std::vector<Candidate>> detect_turned(const cv::Mat& picture);
    Result<std::vector<Candidate>> detect_in_patch(const cv::Mat& patch);

    infer::ModelFile file_;
    infer::SessionOptions options_;
    std::map<std::pair<int, int>, infer::Session> sessions_;  // by width, height of the network's input
};

}  // namespace visavis::face
