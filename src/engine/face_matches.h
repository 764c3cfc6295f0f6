// Rekognition's FaceMatches and UserMatches: rows of an index, with what the database says of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/gallery.h"
#include "engine/search_index.h"
#include "engine/stored_face.h"

namespace visavis::engine {

struct FaceMatch {
    float similarity{};
    StoredFace face;
};

struct UserMatch {
    float similarity{};
    std::string user_id;
    std::string status;  ///< Rekognition's UserStatus
};

/// The faces that match, best first. What is deleted or replaced while it is searched for is searched for
/// again, so a change under way keeps nobody else out of the answer. Adds each to the record's candidates and
/// its false match rate to the notes; both also as search_index() does. Errors of search_index().
[[nodiscard]] Result<std::vector<FaceMatch>> find_faces(Engine& engine, Gallery& gallery,
                                                        const store::Collection& collection,
                                                        const IndexSearch& search, AnswerNotes& notes,
                                                        Record& record);

/// The users whose templates match, likewise; without `itself`, if one is named.
[[nodiscard]] Result<std::vector<UserMatch>> find_users(Engine& engine, Gallery& gallery,
                                                        const store::Collection& collection,
                                                        const IndexSearch& search,
                                                        const std::optional<std::string>& itself,
                                                        AnswerNotes& notes, Record& record);

}  // namespace visavis::engine
