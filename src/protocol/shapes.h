// Rekognition's response shapes as JSON, shared by the operations. Absent members are left out, never null.
// Floats are printed as AWS prints them: 32 bits widened to 64.
#pragma once

#include <span>
#include <string_view>

#include <boost/json.hpp>

#include "base/clock.h"
#include "engine/stored_face.h"
#include "engine/types.h"
#include "face/types.h"

namespace visavis::protocol {

/// BoundingBox: Width, Height, Left, Top.
[[nodiscard]] boost::json::object bounding_box(const face::Box& box);

/// FaceDetail: what the struct holds.
[[nodiscard]] boost::json::object face_detail(const engine::FaceDetail& face);

/// ComparedFace: BoundingBox, Confidence, Landmarks, Pose, Quality.
[[nodiscard]] boost::json::object compared_face(const engine::FaceDetail& face);

/// Face: FaceId, BoundingBox, ImageId, Confidence, IndexFacesModelVersion; ExternalImageId and UserId where
/// there are any.
[[nodiscard]] boost::json::object stored_face(const engine::StoredFace& face);

/// A list made of `items` by `shape`.
template <typename Items, typename Shape>
[[nodiscard]] boost::json::array list_of(const Items& items, Shape shape) {
    boost::json::array list;
    list.reserve(items.size());
    for (const auto& item : items) list.emplace_back(shape(item));
    return list;
}

/// Epoch seconds with a fraction.
[[nodiscard]] double timestamp(TimePoint time);

}  // namespace visavis::protocol
