// What a Rekognition answer says of a picture's largest face, which is the one that audits look at.
//
// All throw boost::system::system_error, as boost::json does, if a member of the API is missing or of another
// type.
#pragma once

#include <optional>

#include <boost/json.hpp>

#include "audit/attributes.h"
#include "audit/quality.h"

namespace visavis::app {

/// Of CompareFaces' target; 0 if it is among the unmatched or there is none.
[[nodiscard]] double similarity_in(const boost::json::object& compare_faces);

/// Of DetectFaces with ALL attributes: gender, age, smile, eyes, mouth and pose, those of them that it holds;
/// nothing if it found no face.
[[nodiscard]] std::optional<audit::AttributeAnswer> attributes_in(const boost::json::object& detect_faces);

/// Of IndexFaces for one face: why it was not indexed; empty if it was.
[[nodiscard]] audit::QualityReasons reasons_in(const boost::json::object& index_faces);

}  // namespace visavis::app
