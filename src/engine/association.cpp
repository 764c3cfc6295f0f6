#include "engine/association.h"

#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/collection_access.h"
#include "engine/idempotency.h"

namespace visavis::engine {
namespace {

// For the store's tokens. One line each: `status S`, `changed ID`, `left ID REASON USER|- CONFIDENCE|-`. None
// of them holds a space.
Bytes write_association(const AssociationAnswer& answer) {
    std::string text = fmt::format("status {}\n", answer.user_status);
    for (const std::string& id : answer.changed) text += fmt::format("changed {}\n", id);
    for (const UnsuccessfulFace& face : answer.unsuccessful)
        text += fmt::format("left {} {} {} {}\n", face.face_id, face.reason, face.user_id.value_or("-"),
                            face.confidence ? fmt::format("{}", *face.confidence) : "-");
    return {text.begin(), text.end()};
}

Result<AssociationAnswer> read_association(ByteView text) {
    AssociationAnswer answer;
    std::istringstream lines{std::string(as_text(text))};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string kind;
        words >> kind;
        if (kind == "status") {
            words >> answer.user_status;
        } else if (kind == "changed") {
            words >> answer.changed.emplace_back();
        } else if (kind == "left") {
            UnsuccessfulFace face;
            std::string user;
            std::string confidence;
            words >> face.face_id >> face.reason >> user >> confidence;
            if (user != "-") face.user_id = user;
            if (confidence != "-") face.confidence = std::strtof(confidence.c_str(), nullptr);
            answer.unsuccessful.push_back(std::move(face));
        } else {
            return fail(ErrorCode::kInternal, "a remembered answer is not of a known form");
        }
    }
    return answer;
}

}  // namespace

Result<AssociationAnswer> change_association(Engine& engine, Call& call, Record& record,
                                             const AssociationChange& change) {
    const auto collection = find_collection(engine, call.caller, change.collection_id);
    if (!collection) return std::unexpected(collection.error());
    const auto gallery = gallery_of(engine, *collection);
    if (!gallery) return std::unexpected(gallery.error());
    const Repeatable repeatable{
        .operation = change.operation,
        .token = change.token,
        .parameters = fmt::format("{} {} {} {}", collection->uid, change.user_id, change.parameters,
                                  fmt::join(change.face_ids, ","))};
    const auto answer =
        change_once(engine, call, record, repeatable, [&](store::Transaction& now) -> Result<Bytes> {
            GalleryChange templates;
            const auto done = change.run(*collection, now, templates);
            if (!done) return std::unexpected(done.error());
            record.subjects = done->changed;
            record.subjects.push_back(change.user_id);
            if (auto noted = follow(*gallery, *collection, std::move(templates), now); !noted)
                return std::unexpected(noted.error());
            return write_association(*done);
        });
    if (!answer) return std::unexpected(answer.error());
    if (auto done = settle(engine, *collection, *gallery); !done) return std::unexpected(done.error());
    return read_association(*answer);
}

Result<UserAndFaces> user_and_faces(const store::Collection& collection, const std::string& user_id,
                                    const std::vector<std::string>& face_ids, const store::Transaction& now) {
    auto user = now.users().find(collection.key, user_id);
    if (!user) return std::unexpected(user.error());
    if (!*user) return fail(ErrorCode::kNotFound, fmt::format("The user id: {} does not exist", user_id));
    auto faces = now.faces().find(collection.key, face_ids);
    if (!faces) return std::unexpected(faces.error());
    return UserAndFaces{.user = std::move(**user), .faces = std::move(*faces)};
}

}  // namespace visavis::engine
