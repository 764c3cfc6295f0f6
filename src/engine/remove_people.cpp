#include "engine/remove_people.h"

#include <algorithm>
#include <set>

#include "base/limits.h"
#include "engine/collection_access.h"
#include "engine/user_template.h"

namespace visavis::engine {
namespace {

/// The users that lose a face and stay.
Result<std::vector<store::User>> bereaved(const store::Transaction& now, const store::Collection& collection,
                                          const People& people) {
    std::set<std::string> names;
    for (const store::Face& face : people.faces)
        if (face.user_id) names.insert(*face.user_id);
    for (const store::User& user : people.users) names.erase(user.user_id);
    std::vector<store::User> users;
    for (const std::string& name : names) {
        const auto user = now.users().find(collection.key, name);
        if (!user) return std::unexpected(user.error());
        if (*user) users.push_back(**user);
    }
    return users;
}

Result<void> remove_user(const store::Collection& collection, const store::User& user,
                         GalleryChange& templates, store::Transaction& change) {
    if (user.template_row) templates.users.removed.push_back(*user.template_row);
    return change.users().remove(collection.key, user.user_id);
}

}  // namespace

Result<Removed> remove_people(const Engine& engine, const store::Collection& collection,
                              const std::shared_ptr<Gallery>& gallery, const People& people, Record& record,
                              store::Transaction& change) {
    GalleryChange templates;
    std::vector<std::uint64_t>& rows = templates.faces.removed;
    for (const store::Face& face : people.faces) {
        rows.push_back(face.row);
        record.subjects.push_back(face.face_id);
    }
    const auto left = bereaved(change, collection, people);
    if (!left) return std::unexpected(left.error());
    for (const store::User& user : people.users) {
        if (people.faces_of_users) {
            const auto faces = change.faces().list(collection.key, {.user_id = user.user_id, .face_ids = {}},
                                                   0, limits::kFacesPerUser);
            if (!faces) return std::unexpected(faces.error());
            for (const store::Face& face : *faces) {
                rows.push_back(face.row);
                record.subjects.push_back(face.face_id);
            }
        }
        record.subjects.push_back(user.user_id);
        if (auto gone = remove_user(collection, user, templates, change); !gone)
            return std::unexpected(gone.error());
    }
    std::ranges::sort(rows);
    rows.erase(std::ranges::unique(rows).begin(), rows.end());
    const auto removed = change.faces().remove(collection.key, rows);
    if (!removed) return std::unexpected(removed.error());
    for (const store::User& user : *left) {
        if (gallery) {
            const auto now = refresh_user_template(engine, collection, user, change, templates);
            if (!now) return std::unexpected(now.error());
        } else if (auto now = change.users().set_template(collection.key, user.user_id, std::nullopt); !now) {
            return std::unexpected(now.error());
        }
    }
    if (auto noted = follow(gallery, collection, std::move(templates), change); !noted)
        return std::unexpected(noted.error());
    return Removed{.faces = *removed, .users = people.users.size()};
}

}  // namespace visavis::engine
