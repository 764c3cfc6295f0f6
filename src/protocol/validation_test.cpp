#include "protocol/validation.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"

namespace visavis::protocol {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

Result<void> check(std::string_view operation, std::string_view request,
                   std::size_t most = limits::kInlineImageBytes) {
    const auto found = std::ranges::find(model::face_operations(), operation, &model::Operation::name);
    EXPECT_NE(found, model::face_operations().end()) << operation;
    return validate(*found, boost::json::parse(request).as_object(), most);
}

std::string message(std::string_view operation, std::string_view request) {
    const auto checked = check(operation, request);
    if (checked) return "valid";
    EXPECT_EQ(checked.error().code, ErrorCode::kValidation);
    return checked.error().message;
}

std::string type_message(std::string_view operation, std::string_view request) {
    const auto checked = check(operation, request);
    if (checked) return "valid";
    EXPECT_EQ(checked.error().code, ErrorCode::kSerialization);
    return checked.error().message;
}

TEST(ServiceModel, HasEveryOperationOnce) {
    EXPECT_EQ(model::face_operations().size(), 36U);
    EXPECT_EQ(model::other_operations().size(), 39U);
    EXPECT_TRUE(std::ranges::is_sorted(model::face_operations(), {}, &model::Operation::name));
    EXPECT_TRUE(std::ranges::is_sorted(model::other_operations()));
}

TEST(Validation, RequiredMembersMustNotBeNull) {
    EXPECT_EQ(message("DetectFaces", "{}"),
              "1 validation error detected: Value null at 'image' failed to satisfy constraint: Member must "
              "not be null");
    EXPECT_EQ(message("CompareFaces", R"({"TargetImage":null})"),
              "2 validation errors detected: Value null at 'sourceImage' failed to satisfy constraint: "
              "Member must not be null; Value null at 'targetImage' failed to satisfy constraint: Member "
              "must not be null");
}

TEST(Validation, ImageBytesAreBoundedByTheirDecodedLength) {
    const std::string most(static_cast<std::size_t>(5'242'880 + 1) / 3 * 4, 'A');  // 5,242,881 bytes
    const std::string just = most.substr(0, most.size() - 1) + "=";                // 5,242,880
    EXPECT_EQ(message("DetectFaces", R"({"Image":{"Bytes":")" + most + R"("}})"),
              "1 validation error detected: Value '[5242881 bytes]' at 'image.bytes' failed to satisfy "
              "constraint: Member must have length less than or equal to 5242880");
    EXPECT_EQ(message("DetectFaces", R"({"Image":{"Bytes":")" + just + R"("}})"), "valid");
    EXPECT_TRUE(check("DetectFaces", R"({"Image":{"Bytes":")" + most + R"("}})", limits::kStoredImageBytes));
    EXPECT_EQ(message("DetectFaces", R"({"Image":{"Bytes":""}})"),
              "1 validation error detected: Value '[0 bytes]' at 'image.bytes' failed to satisfy constraint: "
              "Member must have length greater than or equal to 1");
}

TEST(Validation, NumbersKeepTheirRange) {
    const std::string images = R"("SourceImage":{"Bytes":"AAAA"},"TargetImage":{"Bytes":"AAAA"})";
    for (const auto* good : {"0", "70", "70.0", "80.5", "100", "1e2"})
        EXPECT_EQ(message("CompareFaces", "{" + images + R"(,"SimilarityThreshold":)" + good + "}"), "valid");
    EXPECT_EQ(message("CompareFaces", "{" + images + R"(,"SimilarityThreshold":120.5})"),
              "1 validation error detected: Value '120.5' at 'similarityThreshold' failed to satisfy "
              "constraint: Member must have value less than or equal to 100");
    EXPECT_EQ(message("CompareFaces", "{" + images + R"(,"SimilarityThreshold":-1})"),
              "1 validation error detected: Value '-1' at 'similarityThreshold' failed to satisfy "
              "constraint: Member must have value greater than or equal to 0");
    EXPECT_THAT(message("ListFaces", R"({"CollectionId":"c","MaxResults":18446744073709551615})"),
                HasSubstr("at 'maxResults' failed to satisfy constraint: Member must have value less than or "
                          "equal to 4096"));
    EXPECT_EQ(message("ListFaces", R"({"CollectionId":"c","MaxResults":0})"), "valid");
}

TEST(Validation, TextsKeepPatternAndLength) {
    EXPECT_EQ(message("DeleteCollection", R"({"CollectionId":"a b"})"),
              "1 validation error detected: Value 'a b' at 'collectionId' failed to satisfy constraint: "
              R"(Member must satisfy regular expression pattern: [a-zA-Z0-9_.\-]+)");
    EXPECT_EQ(message("DeleteCollection", R"({"CollectionId":"A-z_0.9"})"), "valid");
    // The pattern holds for the whole string, a line break at its end included.
    EXPECT_THAT(message("DeleteCollection", R"({"CollectionId":"ab\n"})"), HasSubstr("regular expression"));
    EXPECT_EQ(message("DeleteCollection", R"({"CollectionId":")" + std::string(255, 'c') + R"("})"), "valid");
    const std::string longer =
        message("DeleteCollection", R"({"CollectionId":")" + std::string(256, 'c') + R"("})");
    EXPECT_THAT(longer, HasSubstr("Member must have length less than or equal to 255"));
    EXPECT_LT(longer.size(), 300U) << "the value is echoed in part only";
    EXPECT_THAT(message("DeleteCollection", R"({"CollectionId":""})"),
                StartsWith("2 validation errors detected: Value '' at 'collectionId' failed to satisfy "
                           "constraint: Member must have length greater than or equal to 1; Value '' at"));
    EXPECT_THAT(message("CreateUser", R"({"CollectionId":"c","UserId":"u","ClientRequestToken":"a b"})"),
                HasSubstr("'clientRequestToken'"));
    EXPECT_EQ(message("CreateUser", R"({"CollectionId":"c","UserId":"u:1","ClientRequestToken":"a-b_9"})"),
              "valid");
    EXPECT_THAT(
        message("SearchFaces", R"({"CollectionId":"c","FaceId":"0E7F1C7A-7A35-4F0C-9A5F-3C1DF8B6A1D2"})"),
        HasSubstr("'faceId'"));
}

TEST(Validation, EnumerationsNameTheirValues) {
    EXPECT_THAT(
        message("IndexFaces", R"({"CollectionId":"c","Image":{"Bytes":"AAAA"},"QualityFilter":"low"})"),
        HasSubstr("Value 'low' at 'qualityFilter' failed to satisfy constraint: Member must satisfy "
                  "enum value set: [NONE, AUTO, LOW, MEDIUM, HIGH]"));
    EXPECT_THAT(message("DetectFaces", R"({"Image":{"Bytes":"AAAA"},"Attributes":["NOPE","ALL","NO"]})"),
                StartsWith("1 validation error detected: Value '[NOPE, ALL, NO]' at 'attributes' failed to "
                           "satisfy constraint: Member must satisfy constraint: [Member must satisfy enum "
                           "value set: [DEFAULT, ALL, "));
    EXPECT_EQ(message("DetectFaces", R"({"Image":{"Bytes":"AAAA"},"Attributes":[]})"), "valid");
}

TEST(Validation, ListsAndMapsKeepTheirLength) {
    EXPECT_THAT(message("DeleteFaces", R"({"CollectionId":"c","FaceIds":[]})"),
                HasSubstr("Value '[]' at 'faceIds' failed to satisfy constraint: Member must have length "
                          "greater than or equal to 1"));
    boost::json::object tags;
    for (int i = 0; i <= 200; ++i) tags["k" + std::to_string(i)] = "v";
    EXPECT_THAT(message("CreateCollection",
                        boost::json::serialize(boost::json::object{{"CollectionId", "c"}, {"Tags", tags}})),
                HasSubstr("at 'tags' failed to satisfy constraint: Member must have length less than or "
                          "equal to 200"));
}

TEST(Validation, TagsAreUnicodeButNotAmazons) {
    EXPECT_EQ(message("CreateCollection", R"({"CollectionId":"c","Tags":{"Zürich 市":"größe = 1/2"}})"),
              "valid");
    EXPECT_THAT(
        message("CreateCollection", R"({"CollectionId":"c","Tags":{"aws:x":"1"}})"),
        HasSubstr(R"(Map keys must satisfy constraint: [Member must have length less than or equal to )"
                  R"(128, Member must have length greater than or equal to 1, Member must satisfy )"
                  R"(regular expression pattern: ^(?!aws:))"));
    EXPECT_THAT(message("CreateCollection", R"({"CollectionId":"c","Tags":{"k":"a;b"}})"),
                HasSubstr("Map value must satisfy constraint"));
    EXPECT_THAT(
        message("UntagResource", R"({"ResourceArn":"arn:aws:rekognition:r:1:c","TagKeys":["aws:k"]})"),
        HasSubstr("'tagKeys'"));
    // Lengths count characters, not bytes.
    std::string long_key;
    for (int i = 0; i < 128; ++i) long_key += "市";
    EXPECT_EQ(message("CreateCollection", R"({"CollectionId":"c","Tags":{")" + long_key + R"(":""}})"),
              "valid");
}

TEST(Validation, WrongTypesAreSerializationErrors) {
    EXPECT_EQ(type_message("DetectFaces", R"({"Image":"x"})"), "`image` must be an object; found string");
    EXPECT_EQ(type_message("DetectFaces", R"({"Image":{"Bytes":7}})"),
              "`image.bytes` must be a base64 string; found int64");
    EXPECT_EQ(type_message("DetectFaces", R"({"Image":{"Bytes":"AAA"}})"),
              "`image.bytes` is not base64: its 3 characters are no multiple of 4");
    EXPECT_EQ(type_message("DetectFaces", R"({"Image":{"Bytes":"AAAA"},"Attributes":"ALL"})"),
              "`attributes` must be a list; found string");
    EXPECT_EQ(type_message("DetectFaces", R"({"Image":{"Bytes":"AAAA"},"Attributes":[1]})"),
              "`attributes.1` must be a string; found int64");
    EXPECT_EQ(type_message("SearchFaces", R"({"CollectionId":1})"),
              "`collectionId` must be a string; found int64");
    EXPECT_EQ(type_message("ListFaces", R"({"CollectionId":"c","MaxResults":"5"})"),
              "`maxResults` must be an integer; found string");
    EXPECT_EQ(type_message("ListFaces", R"({"CollectionId":"c","MaxResults":1.5})"),
              "`maxResults` must be an integer; found double");
    EXPECT_EQ(type_message("CompareFaces", R"({"SimilarityThreshold":true})"),
              "`similarityThreshold` must be a number; found bool");
    EXPECT_EQ(type_message("CreateCollection", R"({"CollectionId":"c","Tags":[]})"),
              "`tags` must be an object; found array");
    EXPECT_EQ(type_message("CreateCollection", R"({"CollectionId":"c","Tags":{"k":{}}})"),
              "`tags.k` must be a string; found object");
}

TEST(Validation, UnknownMembersAreIgnored) {
    EXPECT_EQ(message("DetectFaces", R"({"Image":{"Bytes":"AAAA","X":1},"Filters":{}})"), "valid");
}

TEST(Validation, SentencesStayShort) {
    EXPECT_LT(
        message("UntagResource", R"({"ResourceArn":")" + std::string(9000, 'x') + R"(","TagKeys":["y"]})")
            .size(),
        400U);
}

}  // namespace
}  // namespace visavis::protocol
