// `ImportCollection`, an operation of our own: what ExportCollection wrote becomes a collection again.
#pragma once

#include <string>

#include "base/digest.h"
#include "base/error.h"
#include "engine/call.h"
#include "engine/export_collection.h"
#include "store/archive.h"
#include "store/store.h"

namespace visavis::engine {

struct ImportCollectionRequest {
    std::string collection_id;  ///< of the new collection
    std::string file;           ///< absolute path on this machine
    store::ArchiveSecret secret;
    Progress progress;  ///< may be empty
};

struct ImportCollectionResponse {
    std::string former_id;  ///< CollectionId that it was exported from
    std::string model_version;
    std::uint64_t faces{};
    std::uint64_t users{};
    Sha256 digest{};  ///< of the file's bytes; the receipt commits to it as its probe
};

/// Makes a collection with the archive's faces, users, associations and tags: the same ids, the same answers
/// of searches, and the same faces again when one of their images is indexed. It is there when all of it is
/// durable, and not before; whatever fails leaves nothing. Other writes go on meanwhile. Thread-safe. Errors:
/// kAlreadyExists (collection), kInvalidParameter (another face model, or a template that is none),
/// kQuotaExceeded (20 million faces), those of store::ArchiveReader.
[[nodiscard]] Result<ImportCollectionResponse> import_collection(Engine& engine, Call& call,
                                                                 const ImportCollectionRequest& request);

}  // namespace visavis::engine
