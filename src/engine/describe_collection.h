// Rekognition's DescribeCollection.
// https://docs.aws.amazon.com/rekognition/latest/APIReference/API_DescribeCollection.html
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "engine/call.h"

namespace visavis::engine {

class Engine;

struct DescribeCollectionRequest {
    std::string collection_id;
};

struct DescribeCollectionResponse {
    std::uint64_t face_count{};
    std::uint64_t user_count{};
    std::string model_version;
    std::string collection_arn;
    TimePoint created;
};

/// Thread-safe. kNotFound.
[[nodiscard]] Result<DescribeCollectionResponse> describe_collection(
    Engine& engine, Call& call, const DescribeCollectionRequest& request);

}  // namespace visavis::engine
