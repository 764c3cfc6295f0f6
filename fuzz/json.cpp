// Any body of any operation: JSON, validation, argument reading. The first byte chooses the operation.
// Nothing may crash, and no message may grow with its input.
#include <algorithm>
#include <cstdlib>

#include <boost/json.hpp>

#include "engine/engine.h"
#include "fuzz.h"
#include "protocol/arguments.h"
#include "protocol/json_text.h"
#include "protocol/service_model.h"
#include "protocol/validation.h"

using namespace visavis;

// In the order of protocol::model::face_operations(): the first byte is the index.
std::vector<std::vector<std::uint8_t>> fuzz_seeds() {
    const std::vector<std::pair<std::string_view, std::string_view>> requests = {
        {"DetectFaces", R"({"Image":{"Bytes":"/9j/4AAQSkZJRg=="},"Attributes":["ALL"]})"},
        {"CompareFaces",
         R"({"SourceImage":{"Bytes":"/9j/"},"TargetImage":{"S3Object":{"Bucket":"bkt","Name":"k",)"
         R"("Version":"1"}},"SimilarityThreshold":80.5,"QualityFilter":"LOW"})"},
        {"CreateCollection", R"({"CollectionId":"c","Tags":{"größe":"v = 1"}})"},
        {"IndexFaces", R"({"CollectionId":"c","Image":{"Bytes":"/9j/"},"ExternalImageId":"a:b.jpg",)"
                       R"("DetectionAttributes":[],"MaxFaces":3,"QualityFilter":"AUTO"})"},
        {"ListFaces", R"({"CollectionId":"c","MaxResults":10,"NextToken":"x",)"
                      R"("FaceIds":["0e7f1c7a-7a35-4f0c-9a5f-3c1df8b6a1d2"]})"},
        {"UntagResource", R"({"ResourceArn":"arn:aws:rekognition:r:1:collection/c","TagKeys":["k"]})"},
        {"SearchUsers", R"({"CollectionId":"c","UserId":"u","UserMatchThreshold":99,"MaxUsers":5})"},
    };
    std::vector<std::vector<std::uint8_t>> seeds;
    const auto operations = protocol::model::face_operations();
    for (const auto& [name, request] : requests) {
        const auto found = std::ranges::find(operations, name, &protocol::model::Operation::name);
        seeds.push_back({static_cast<std::uint8_t>(found - operations.begin())});
        seeds.back().insert(seeds.back().end(), request.begin(), request.end());
    }
    return seeds;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const auto operations = protocol::model::face_operations();
    const auto& operation = operations[data[0] % operations.size()];
    const std::string_view body(reinterpret_cast<const char*>(data + 1), size - 1);
    boost::json::error_code failure;
    const auto document = boost::json::parse(body, failure, {}, {.max_depth = 16});
    if (failure || !document.is_object()) return 0;
    // What is written must read back equal.
    if (boost::json::parse(protocol::json_text(document)).kind() != boost::json::kind::object) std::abort();
    const auto& request = document.get_object();
    if (const auto valid = protocol::validate(operation, request, 5'242'880); !valid) {
        if (valid.error().message.empty() || valid.error().message.size() > 20'000) std::abort();
        return 0;
    }
    // A valid request can be read without a look at its types.
    const auto& input = protocol::model::shapes()[operation.input];
    for (const auto& member : input.members) {
        if (protocol::member(request, member.name) == nullptr) continue;
        const auto& shape = protocol::model::shapes()[member.shape];
        switch (shape.kind) {
            case protocol::model::Kind::kString:
                (void)protocol::text(request, member.name);
                break;
            case protocol::model::Kind::kInteger:
                (void)protocol::optional_integer(request, member.name);
                break;
            case protocol::model::Kind::kFloat:
                (void)protocol::number_or(request, member.name, 0);
                break;
            case protocol::model::Kind::kStructure:
                if (std::ranges::find(shape.members, "Bytes", &protocol::model::Member::name) !=
                    shape.members.end())
                    (void)protocol::image(request, member.name);
                break;
            default:
                break;
        }
    }
    (void)protocol::quality_filter(request, engine::QualityFilter::kNone);
    return 0;
}
