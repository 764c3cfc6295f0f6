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
                 [](const engine::NamedLandmark& landmark) {
                     return object{{"Type", landmark.type}, {"X", landmark.point.x}, {"Y", landmark.point.y}};
                 })},
        {"Pose", object{{"Roll", face.pose.roll}, {"Yaw", face.pose.yaw}, {"Pitch", face.pose.pitch}}},
        {"Quality", object{{"Brightness", face.quality.brightness}, {"Sharpness", face.quality.sharpness}}},
        {"Confidence", face.confidence}};
}

object face_detail(const engine::FaceDetail& face) {
    return compared_face(face);
}

double timestamp(TimePoint time) {
    return static_cast<double>(time.time_since_epoch().count()) / 1000.0;
}

}  // namespace visavis::protocol
