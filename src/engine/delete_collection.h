// Rekognition's DeleteCollection.
// https://docs.aws.amazon.com/rekognition/latest/APIReference/API_DeleteCollection.html
#pragma once

#include <chrono>
#include <string>

#include "base/error.h"
#include "engine/call.h"

namespace visavis::engine {

class Engine;

struct DeleteCollectionRequest {
    std::string collection_id;
};

struct DeleteCollectionResponse {};

/// How long a remote caller waits for the rows to go: SDKs give up after 60 s, and what they try again finds
/// no collection.
inline constexpr std::chrono::seconds kDeletionPatience{5};

/// With its faces, users, tags and index files; what takes longer than kDeletionPatience is left to the
/// sweeper, invisible, except for the operator at this machine, where there may be none. Thread-safe;
/// searches that run meanwhile end as they began or find nothing. kNotFound.
[[nodiscard]] Result<DeleteCollectionResponse> delete_collection(Engine& engine, Call& call,
                                                                 const DeleteCollectionRequest& request);

}  // namespace visavis::engine
