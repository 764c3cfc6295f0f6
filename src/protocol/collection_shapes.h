// Response shapes of the operations on collections (shapes.h: those of all).
#pragma once

#include <string_view>

#include <boost/json.hpp>

#include "engine/association.h"
#include "engine/face_matches.h"

namespace visavis::protocol {

/// FaceMatch: Similarity and Face.
[[nodiscard]] boost::json::object face_match(const engine::FaceMatch& match);

/// UserMatch: Similarity and User.
[[nodiscard]] boost::json::object user_match(const engine::UserMatch& match);

/// The answer of AssociateFaces or DisassociateFaces, whose two lists have the given names.
[[nodiscard]] boost::json::object association(const engine::AssociationAnswer& answer,
                                              std::string_view changed, std::string_view unsuccessful);

}  // namespace visavis::protocol
