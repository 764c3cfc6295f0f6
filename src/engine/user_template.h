// A user's one template, fused from the faces associated with it.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "engine/engine.h"
#include "engine/gallery.h"
#include "store/store.h"

namespace visavis::engine {

/// Rekognition's UserStatus; a change is done when it is answered, so there is no UPDATING.
[[nodiscard]] inline std::string user_status(const store::User& user) {
    return user.faces > 0 ? "ACTIVE" : "CREATED";
}

/// Fuses the user's faces as they are now in `transaction`, keeps the template there and adds what changed to
/// `change`. The user as it is afterwards. Errors of the store.
[[nodiscard]] Result<store::User> refresh_user_template(const Engine& engine,
                                                        const store::Collection& collection,
                                                        const store::User& user,
                                                        store::Transaction& transaction,
                                                        GalleryChange& change);

}  // namespace visavis::engine
