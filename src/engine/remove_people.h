// Taking people out of a collection, within a transaction: what retention and a lapsed case share.
#pragma once

#include <memory>
#include <vector>

#include "base/error.h"
#include "engine/engine.h"
#include "engine/gallery.h"
#include "store/store.h"

namespace visavis::engine {

/// Who is to go.
struct People {
    std::vector<store::Face> faces;  ///< of users that stay, too: their templates are made anew
    std::vector<store::User> users;  ///< their faces stay unless `faces_of_users`
    bool faces_of_users{};           ///< users go with all their faces

    [[nodiscard]] bool empty() const noexcept { return faces.empty() && users.empty(); }
};

/// What went.
struct Removed {
    std::uint64_t faces{};
    std::uint64_t users{};

    Removed& operator+=(const Removed& more) {
        faces += more.faces;
        users += more.users;
        return *this;
    }
};

/// Removes them from the store, puts their ids into `record.subjects`, and hands the change to the gallery
/// (null for a collection of another model, whose users then lose their template).
[[nodiscard]] Result<Removed> remove_people(const Engine& engine, const store::Collection& collection,
                                            const std::shared_ptr<Gallery>& gallery, const People& people,
                                            Record& record, store::Transaction& change);

}  // namespace visavis::engine
