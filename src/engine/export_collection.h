// `ExportCollection`, an operation of our own: a whole collection as one sealed file.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/digest.h"
#include "base/error.h"
#include "engine/call.h"
#include "store/archive.h"

namespace visavis::engine {

class Engine;

/// How far long work has come: faces done, of so many. Called from the operation's thread.
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

struct ExportCollectionRequest {
    std::string collection_id;
    std::string file;  ///< absolute path on this machine
    store::ArchiveSecret secret;
    Progress progress;  ///< may be empty
};

struct ExportCollectionResponse {
    std::uint64_t faces{};
    std::uint64_t users{};
    Sha256 digest{};  ///< of the file's bytes; the receipt commits to it as its probe
};

/// Writes the collection as it is at this moment, with its faces, users, associations and tags, while others
/// read and write. To whom it goes is the caller's recipient, which policy allows or not. Thread-safe.
/// Errors: kNotFound (collection), those of store::ArchiveWriter.
[[nodiscard]] Result<ExportCollectionResponse> export_collection(Engine& engine, Call& call,
                                                                 const ExportCollectionRequest& request);

}  // namespace visavis::engine
