// Rekognition's CreateCollection.
// https://docs.aws.amazon.com/rekognition/latest/APIReference/API_CreateCollection.html
#pragma once

#include <map>
#include <string>

#include "base/error.h"
#include "engine/call.h"

namespace visavis::engine {

class Engine;

struct CreateCollectionRequest {
    std::string collection_id;
    std::map<std::string, std::string, std::less<>> tags;
};

struct CreateCollectionResponse {
    std::string collection_arn;  ///< with `arn:`, which Amazon's own answer lacks here
    std::string model_version;
};

/// Thread-safe. kAlreadyExists if the account has a collection of this id; kQuotaExceeded for more than 200
/// tags.
[[nodiscard]] Result<CreateCollectionResponse> create_collection(Engine& engine, Call& call,
                                                                 const CreateCollectionRequest& request);

}  // namespace visavis::engine
