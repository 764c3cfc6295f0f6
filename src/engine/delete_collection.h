// Rekognition's DeleteCollection.
// https://docs.aws.amazon.com/rekognition/latest/APIReference/API_DeleteCollection.html
#pragma once

#include <string>

#include "base/error.h"
#include "engine/call.h"

namespace visavis::engine {

class Engine;

struct DeleteCollectionRequest {
    std::string collection_id;
};

struct DeleteCollectionResponse {};

/// With its faces, users, tags and index files. Thread-safe; searches that run meanwhile end as they began or
/// find nothing. kNotFound.
[[nodiscard]] Result<DeleteCollectionResponse> delete_collection(Engine& engine, Call& call,
                                                                 const DeleteCollectionRequest& request);

}  // namespace visavis::engine
