// The template of a stored face or user, to search with.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/engine.h"
#include "engine/gallery.h"
#include "match/index.h"

namespace visavis::engine {

struct StoredProbe {
    match::StoredRow stored;
    std::vector<std::uint64_t> itself;  ///< its row in the index, which must not be found
};

/// From the index, or from the database if a change has not reached the index yet. kNotFound if the
/// collection has no such face. Thread-safe.
[[nodiscard]] Result<StoredProbe> face_probe(const Engine& engine, const Gallery& gallery,
                                             const store::Collection& collection, const std::string& face_id);

/// The same of a user; nothing if no face is associated with them. kNotFound if there is no such user.
[[nodiscard]] Result<std::optional<StoredProbe>> user_probe(const Engine& engine, const Gallery& gallery,
                                                            const store::Collection& collection,
                                                            const std::string& user_id);

}  // namespace visavis::engine
