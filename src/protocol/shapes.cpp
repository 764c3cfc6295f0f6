#include "protocol/shapes.h"

namespace visavis::protocol {

using boost::json::object;

object bounding_box(const face::Box& box) {
    return {{"Width", box.width}, {"Height", box.height}, {"Left", box.left}, {"Top", box.top}};
}

object compared_face(const engine::FaceDetail& face) {
    return {
        {"BoundingBox", bounding_box(face.box)},
        {"Landmarks",
         list_of(face.landmarks,
                 [](const face::NamedPoint& landmark) {
                     return object{{"Type", landmark.type}, {"X", landmark.point.x}, {"Y", landmark.point.y}};
                 })},
        {"Pose", object{{"Roll", face.pose.roll}, {"Yaw", face.pose.yaw}, {"Pitch", face.pose.pitch}}},
        {"Quality", object{{"Brightness", face.quality.brightness}, {"Sharpness", face.quality.sharpness}}},
        {"Confidence", face.confidence}};
}

namespace {

object judgement(const face::Judgement& judgement) {
    return {{"Value", judgement.value}, {"Confidence", judgement.confidence}};
}

}  // namespace

object face_detail(const engine::FaceDetail& face) {
    object shape = compared_face(face);
    const face::Attributes& a = face.attributes;
    if (a.age) shape["AgeRange"] = object{{"Low", a.age->low}, {"High", a.age->high}};
    if (a.smile) shape["Smile"] = judgement(*a.smile);
    if (a.gender)
        shape["Gender"] =
            object{{"Value", a.gender->female ? "Female" : "Male"}, {"Confidence", a.gender->confidence}};
    if (a.eyes_open) shape["EyesOpen"] = judgement(*a.eyes_open);
    if (a.mouth_open) shape["MouthOpen"] = judgement(*a.mouth_open);
    if (!a.emotions.empty())
        shape["Emotions"] = list_of(a.emotions, [](const face::Emotion& emotion) {
            return object{{"Type", emotion.type}, {"Confidence", emotion.confidence}};
        });
    if (a.eye_direction)
        shape["EyeDirection"] = object{{"Yaw", a.eye_direction->yaw},
                                       {"Pitch", a.eye_direction->pitch},
                                       {"Confidence", a.eye_direction->confidence}};
    return shape;
}

object stored_face(const engine::StoredFace& face) {
    object members{{"FaceId", face.face_id},
                   {"BoundingBox", bounding_box(face.box)},
                   {"ImageId", face.image_id},
                   {"Confidence", face.confidence},
                   {"IndexFacesModelVersion", face.model_version}};
    if (face.external_image_id) members["ExternalImageId"] = *face.external_image_id;
    if (face.user_id) members["UserId"] = *face.user_id;
    return members;
}

double timestamp(TimePoint time) {
    return static_cast<double>(time.time_since_epoch().count()) / 1000.0;
}

}  // namespace visavis::protocol
