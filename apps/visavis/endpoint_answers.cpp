#include "endpoint_answers.h"

#include <string_view>

namespace visavis::app {
namespace {

namespace json = boost::json;

double number(const json::value& value) {
    return value.to_number<double>();
}

double area(const json::value& face) {
    const json::value& box = face.at("BoundingBox");
    return number(box.at("Width")) * number(box.at("Height"));
}

std::optional<face::Judgement> judgement(const json::object& face, std::string_view name) {
    const json::value* said = face.if_contains(name);
    if (said == nullptr) return std::nullopt;
    return face::Judgement{.value = said->at("Value").as_bool(),
                           .confidence = static_cast<float>(number(said->at("Confidence")))};
}

}  // namespace

double similarity_in(const json::object& compare_faces) {
    double similarity = 0;
    double largest = 0;
    const auto look = [&](const json::value& face, double of_face) {
        if (area(face) <= largest) return;
        largest = area(face);
        similarity = of_face;
    };
    for (const json::value& match : compare_faces.at("FaceMatches").as_array())
        look(match.at("Face"), number(match.at("Similarity")));
    if (const auto* unmatched = compare_faces.if_contains("UnmatchedFaces"); unmatched != nullptr)
        for (const json::value& face : unmatched->as_array()) look(face, 0);
    return similarity;
}

std::optional<audit::AttributeAnswer> attributes_in(const json::object& detect_faces) {
    const json::value* found = nullptr;
    for (const json::value& face : detect_faces.at("FaceDetails").as_array())
        if (found == nullptr || area(face) > area(*found)) found = &face;
    if (found == nullptr) return std::nullopt;
    const json::object& largest = found->as_object();
    audit::AttributeAnswer answer{.said = {}, .off_detector = {}, .off_mirror = {}};
    if (const auto* gender = largest.if_contains("Gender"); gender != nullptr)
        answer.said.gender = {.female = gender->at("Value").as_string() == "Female",
                              .confidence = static_cast<float>(number(gender->at("Confidence")))};
    if (const auto* age = largest.if_contains("AgeRange"); age != nullptr)
        answer.said.age = {.low = age->at("Low").to_number<int>(), .high = age->at("High").to_number<int>()};
    if (const auto* pose = largest.if_contains("Pose"); pose != nullptr)
        answer.said.pose = {.roll = static_cast<float>(number(pose->at("Roll"))),
                            .yaw = static_cast<float>(number(pose->at("Yaw"))),
                            .pitch = static_cast<float>(number(pose->at("Pitch")))};
    answer.said.smile = judgement(largest, "Smile");
    answer.said.eyes_open = judgement(largest, "EyesOpen");
    answer.said.mouth_open = judgement(largest, "MouthOpen");
    return answer;
}

audit::QualityReasons reasons_in(const json::object& index_faces) {
    if (!index_faces.at("FaceRecords").as_array().empty()) return {};
    audit::QualityReasons reasons;
    double largest = 0;
    if (const auto* refused = index_faces.if_contains("UnindexedFaces"); refused != nullptr)
        for (const json::value& face : refused->as_array()) {
            if (area(face.at("FaceDetail")) <= largest) continue;
            largest = area(face.at("FaceDetail"));
            reasons.clear();
            for (const json::value& reason : face.at("Reasons").as_array())
                reasons.emplace_back(reason.as_string());
        }
    if (reasons.empty()) reasons.emplace_back("NOT_INDEXED");
    return reasons;
}

}  // namespace visavis::app
