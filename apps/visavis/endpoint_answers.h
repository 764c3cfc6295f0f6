// What a Rekognition answer says. Audits look at a picture's largest face.
//
// All throw a std::exception if a member that the API promises is missing, of another type or beyond any
// sense.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "audit/attributes.h"
#include "audit/quality.h"

namespace visavis::app::answers {

/// Of CreateCollection; `not stated` without one.
[[nodiscard]] std::string face_model_in(const boost::json::object& create_collection);

/// FaceIds of IndexFaces, the largest face first.
[[nodiscard]] std::vector<std::string> faces_in(const boost::json::object& index_faces);

/// Of IndexFaces: why its filter refused the largest face of the picture; empty if it did not.
[[nodiscard]] audit::QualityReasons reasons_in(const boost::json::object& index_faces);

/// FaceId and Similarity of what SearchFaces or SearchFacesByImage found.
[[nodiscard]] std::vector<std::pair<std::string, double>> matches_in(const boost::json::object& search);

/// Of CompareFaces' largest target face; 0 if it is among the unmatched or there is none.
[[nodiscard]] double similarity_in(const boost::json::object& compare_faces);

/// Of DetectFaces with ALL attributes: gender, age, smile, eyes, mouth and pose, those of them that it holds;
/// nothing if it found no face.
[[nodiscard]] std::optional<audit::AttributeAnswer> attributes_in(const boost::json::object& detect_faces);

}  // namespace visavis::app::answers
