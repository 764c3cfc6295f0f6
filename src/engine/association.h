// What AssociateFaces and DisassociateFaces share: all but which faces they take.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/call.h"
#include "engine/gallery.h"
#include "engine/governed.h"
#include "store/store.h"

namespace visavis::engine {

class Engine;

/// A face that could not be associated or disassociated.
struct UnsuccessfulFace {
    std::string face_id;
    std::optional<std::string> user_id;  ///< whose it is, if another user's
    std::optional<float> confidence;     ///< Similarity to the user, for LOW_MATCH_CONFIDENCE
    std::string reason;  ///< FACE_NOT_FOUND, ASSOCIATED_TO_A_DIFFERENT_USER, LOW_MATCH_CONFIDENCE
};

struct AssociationAnswer {
    std::vector<std::string> changed;  ///< faces that were associated or disassociated now
    std::vector<UnsuccessfulFace> unsuccessful;
    std::string user_status;
};

/// One of the two operations on one collection.
struct AssociationChange {
    std::string_view operation;
    const std::string& collection_id;
    const std::string& user_id;
    const std::vector<std::string>& face_ids;
    const std::optional<std::string>& token;
    std::string parameters{};  ///< others than these, in any fixed notation

    /// In the transaction; `templates` receives what changes.
    std::function<Result<AssociationAnswer>(const store::Collection&, store::Transaction&,
                                            GalleryChange& templates)>
        run;
};

/// Carries it out once, however often the request comes. Errors: those of find_collection(), gallery_of(),
/// change_once() and `run`.
[[nodiscard]] Result<AssociationAnswer> change_association(Engine& engine, Call& call, Record& record,
                                                           const AssociationChange& change);

/// The user, and the faces in the order of the ids (nothing for an unknown one). kNotFound: no such user.
struct UserAndFaces {
    store::User user;
    std::vector<std::optional<store::Face>> faces;
};
[[nodiscard]] Result<UserAndFaces> user_and_faces(const store::Collection& collection,
                                                  const std::string& user_id,
                                                  const std::vector<std::string>& face_ids,
                                                  const store::Transaction& now);

}  // namespace visavis::engine
