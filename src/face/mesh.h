// MediaPipe's face mesh (Kartynnik et al., "Real-time Facial Surface Geometry from Monocular Video on Mobile
// GPUs", 2019): 468 points in three dimensions.
#pragma once

#include <array>

#include <opencv2/core.hpp>

#include "base/error.h"
#include "face/attributes.h"
#include "infer/session.h"

namespace visavis::face {

inline constexpr std::size_t kMeshPoints = 468;

/// Indices are MediaPipe's own.
struct MeshShape {
    std::array<cv::Point3f, kMeshPoints>
        points;        ///< pixels of the picture; z towards the picture's depth, same scale
    float presence{};  ///< 0…1, that the mesh lies on a face

    [[nodiscard]] cv::Point2f at(std::size_t i) const { return {points[i].x, points[i].y}; }
};

/// The similarity transform from a square of the picture, turned clockwise by `roll` radians, to
/// `size`×`size` pixels.
[[nodiscard]] cv::Matx23f from_square(cv::Point2f centre, float side, float roll, int size);

/// Not thread-safe: one a stream.
class Mesh {
  public:
    static Result<Mesh> open(const infer::ModelFile& file, infer::SessionOptions options);

    /// The mesh of the face whose five landmarks (pixels) are given.
    [[nodiscard]] Result<MeshShape> fit(const cv::Mat& picture, const std::array<cv::Point2f, 5>& landmarks);

  private:
    explicit Mesh(infer::Session session) : session_(std::move(session)) {}

    infer::Session session_;
};

/// Pose from the mesh's axes, eye to eye and forehead to chin; signs as in types.h. Yaw is corrected for what
/// the mesh tells too small.
[[nodiscard]] Pose pose(const MeshShape& mesh);

}  // namespace visavis::face
