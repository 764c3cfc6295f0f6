#include "protocol/collection_shapes.h"

#include "protocol/shapes.h"

namespace visavis::protocol {

using boost::json::object;

object face_match(const engine::FaceMatch& match) {
    return {{"Similarity", match.similarity}, {"Face", stored_face(match.face)}};
}

object user_match(const engine::UserMatch& match) {
    return {{"Similarity", match.similarity},
            {"User", object{{"UserId", match.user_id}, {"UserStatus", match.status}}}};
}

object association(const engine::AssociationAnswer& answer, std::string_view changed,
                   std::string_view unsuccessful) {
    object members;
    members[changed] = list_of(answer.changed, [](const std::string& id) { return object{{"FaceId", id}}; });
    members[unsuccessful] = list_of(answer.unsuccessful, [](const engine::UnsuccessfulFace& face) {
        object one{{"FaceId", face.face_id}, {"Reasons", boost::json::array{face.reason}}};
        if (face.user_id) one["UserId"] = *face.user_id;
        if (face.confidence) one["Confidence"] = *face.confidence;
        return one;
    });
    members["UserStatus"] = answer.user_status;
    return members;
}

}  // namespace visavis::protocol
