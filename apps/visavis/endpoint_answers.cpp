#include "endpoint_answers.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>
#include <string_view>

namespace visavis::app::answers {
namespace {

namespace json = boost::json;

/// Nothing in these answers (ratios, per cent, degrees, years) is larger.
constexpr double kMost = 1000;

double number(const json::value& value) {
    const auto found = value.to_number<double>();
    if (!(std::abs(found) <= kMost))
        throw std::out_of_range(json::serialize(value) + " is no ratio, angle, age or per cent");
    return found;
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

std::string face_model_in(const json::object& create_collection) {
    const json::value* version = create_collection.if_contains("FaceModelVersion");
    return version == nullptr ? "not stated" : std::string(version->as_string());
}

std::vector<std::string> faces_in(const json::object& index_faces) {
    std::vector<std::pair<double, std::string>> found;
    for (const json::value& record : index_faces.at("FaceRecords").as_array())
        found.emplace_back(area(record.at("Face")), record.at("Face").at("FaceId").as_string());
    std::ranges::stable_sort(found, std::greater<>(), [](const auto& face) { return face.first; });
    std::vector<std::string> faces;
    for (auto& [size, face] : found) faces.push_back(std::move(face));
    return faces;
}

std::vector<std::pair<std::string, double>> matches_in(const json::object& search) {
    std::vector<std::pair<std::string, double>> matches;
    for (const json::value& match : search.at("FaceMatches").as_array())
        matches.emplace_back(match.at("Face").at("FaceId").as_string(), number(match.at("Similarity")));
    return matches;
}

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
        answer.said.age = {.low = static_cast<int>(number(age->at("Low"))),
                           .high = static_cast<int>(number(age->at("High")))};
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
    audit::QualityReasons reasons;
    double largest = 0;
    for (const json::value& face : index_faces.at("FaceRecords").as_array())
        largest = std::max(largest, area(face.at("Face")));
    const json::value* refused = index_faces.if_contains("UnindexedFaces");
    if (refused == nullptr) return reasons;
    for (const json::value& face : refused->as_array()) {
        if (area(face.at("FaceDetail")) <= largest) continue;
        largest = area(face.at("FaceDetail"));
        reasons.clear();
        for (const json::value& reason : face.at("Reasons").as_array())
            if (reason.as_string() != "EXCEEDS_MAX_FACES") reasons.emplace_back(reason.as_string());
    }
    return reasons;
}

}  // namespace visavis::app::answers
