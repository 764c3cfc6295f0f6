#include "protocol/request_json.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace visavis::protocol {
namespace {

using testing::HasSubstr;

std::string complaint(std::string_view body) {
    const auto read = request_json(body);
    if (read) return "read";
    EXPECT_EQ(read.error().code, ErrorCode::kSerialization);
    return read.error().message;
}

std::string repeated(std::string_view part, std::size_t times) {
    std::string text;
    for (std::size_t i = 0; i < times; ++i) text += part;
    return text;
}

TEST(RequestJson, ObjectsAreReadAndAnythingElseIsNamed) {
    EXPECT_EQ(request_json("")->size(), 0U);
    EXPECT_EQ(request_json(R"({"a": [1, {"b": "c"}]})")->at("a").at(1).at("b").as_string(), "c");
    EXPECT_THAT(complaint("[1]"), HasSubstr("must be a JSON object"));
    EXPECT_THAT(complaint("{"), HasSubstr("is not JSON"));
    EXPECT_THAT(complaint("{} {}"), HasSubstr("is not JSON"));
    EXPECT_EQ(complaint(R"({"a":)" + repeated("[", 15) + repeated("]", 15) + "}"), "read");
    EXPECT_THAT(complaint(R"({"a":)" + repeated("[", 16) + repeated("]", 16) + "}"),
                HasSubstr("is not JSON"));
}

TEST(RequestJson, AnImageFitsAndSoDoesTheLongestListOfFaces) {
    const std::string image(std::size_t{14} << 20U, 'A');
    EXPECT_EQ(
        request_json(R"({"Image": {"Bytes": ")" + image + R"("}})")->at("Image").at("Bytes").as_string(),
        image);
    const std::string face = R"("11111111-2222-3333-4444-555555555555",)";
    EXPECT_EQ(complaint(R"({"FaceIds": [)" + repeated(face, 4095) + face.substr(0, face.size() - 1) + "]}"),
              "read");
}

TEST(RequestJson, ValuesBeyondMeasureAreRefusedBeforeTheyTakeTheMemory) {
    EXPECT_THAT(complaint(R"({"a":[)" + repeated("0,", 8'000'000) + "0]}"), HasSubstr("too many values"));
    EXPECT_THAT(complaint(R"({"a":[)" + repeated("{},", 5'000'000) + "0]}"), HasSubstr("too many values"));
}

}  // namespace
}  // namespace visavis::protocol
