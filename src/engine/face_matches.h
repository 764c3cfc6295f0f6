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

/// In the order of `matches`; faces that were deleted meanwhile are left out. Adds each to the record's
/// candidates and its false match rate to the notes.
[[nodiscard]] Result<std::vector<FaceMatch>> face_matches(Engine& engine, const store::Collection& collection,
                                                          const std::vector<IndexMatch>& matches,
                                                          AnswerNotes& notes, Record& record);

/// The users whose templates match, best first; without `itself`, if one is named. A template that is
/// replaced while it is searched for is searched for again, so a change under way hides nobody. Adds to
/// record and notes as face_matches() and search_index() do; errors of search_index().
[[nodiscard]] Result<std::vector<UserMatch>> find_users(Engine& engine, Gallery& gallery,
                                                        const store::Collection& collection,
                                                        const IndexSearch& search,
                                                        const std::optional<std::string>& itself,
                                                        AnswerNotes& notes, Record& record);

}  // namespace visavis::engine
