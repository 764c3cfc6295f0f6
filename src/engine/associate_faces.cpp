#include "engine/associate_faces.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/limits.h"
#include "engine/user_template.h"
#include "match/compare.h"

namespace visavis::engine {
namespace {

class Association {
  public:
    Association(Engine& engine, const store::Collection& collection, const AssociateFacesRequest& request)
        : engine_(engine), collection_(collection), request_(request) {}

    /// In the transaction. `templates` receives what changes.
    Result<AssociationAnswer> run(store::Transaction& change, GalleryChange& templates) {
        const auto known = user_and_faces(collection_, request_.user_id, request_.face_ids, change);
        if (!known) return std::unexpected(known.error());
        const auto& [user, faces] = *known;

        std::vector<std::uint64_t> rows;
        std::set<std::string_view> seen;
        for (std::size_t i = 0; i < faces.size(); ++i) {
            const std::string& id = request_.face_ids[i];
            if (!seen.insert(id).second) continue;
            const auto taken = judge(id, faces[i], user, change);
            if (!taken) return std::unexpected(taken.error());
            if (*taken) rows.push_back(faces[i]->row);
        }
        if (user.faces + rows.size() > limits::kFacesPerUser)
            return fail(ErrorCode::kQuotaExceeded,
                        fmt::format("user `{}` has {} faces and {} more were to be associated; a user has at "
                                    "most {}",
                                    request_.user_id, user.faces, rows.size(), limits::kFacesPerUser));
        // Whoever brings a person's face interacts with that person, also if the face was known as theirs.
        if (!rows.empty() || again_)
            if (const auto renewed =
                    change.retention().renew_user(collection_.key, request_.user_id, engine_.clock().now());
                !renewed)
                return std::unexpected(renewed.error());
        if (rows.empty()) {
            answer_.user_status = user_status(user);
            return std::move(answer_);
        }
        if (const auto set = change.faces().set_user(collection_.key, rows, request_.user_id); !set)
            return std::unexpected(set.error());
        const auto now = refresh_user_template(engine_, collection_, user, change, templates);
        if (!now) return std::unexpected(now.error());
        answer_.user_status = user_status(*now);
        return std::move(answer_);
    }

  private:
    /// Whether the face is to be associated; else it is in the answer, or is this user's already.
    Result<bool> judge(const std::string& id, const std::optional<store::Face>& face, const store::User& user,
                       const store::Transaction& now) {
        if (!face) {
            answer_.unsuccessful.push_back(
                {.face_id = id, .user_id = {}, .confidence = {}, .reason = "FACE_NOT_FOUND"});
            return false;
        }
        if (face->user_id == request_.user_id) {
            again_ = true;
            return false;
        }
        if (face->user_id) {
            answer_.unsuccessful.push_back({.face_id = id,
                                            .user_id = face->user_id,
                                            .confidence = {},
                                            .reason = "ASSOCIATED_TO_A_DIFFERENT_USER"});
            return false;
        }
        // From the database: the gallery learns of what others have just associated only after their commit.
        if (user.template_row) {
            const auto fused = now.users().templates(collection_.key, *user.template_row - 1, 1);
            if (!fused) return std::unexpected(fused.error());
            if (fused->empty() || fused->front().row != *user.template_row)
                return fail(ErrorCode::kInternal, "a user's template is missing");
            const store::StoredTemplate& all = fused->front();
            const auto own = now.faces().templates_of(collection_.key, std::vector{face->row});
            if (!own) return std::unexpected(own.error());
            const store::StoredTemplate& one = own->front();
            const double score = match::normalised(match::cosine(one.vector, all.vector),
                                                   {.weight = one.weight, .offset = one.offset},
                                                   {.weight = all.weight, .offset = all.offset});
            const double similarity = engine_.scale().similarity(score);
            if (similarity < request_.threshold) {
                answer_.unsuccessful.push_back({.face_id = id,
                                                .user_id = {},
                                                .confidence = static_cast<float>(similarity),
                                                .reason = "LOW_MATCH_CONFIDENCE"});
                return false;
            }
        }
        answer_.changed.push_back(id);
        return true;
    }

    Engine& engine_;
    const store::Collection& collection_;
    const AssociateFacesRequest& request_;
    AssociationAnswer answer_;
    bool again_{false};  // some face was this user's already
};

}  // namespace

Result<AssociationAnswer> associate_faces(Engine& engine, Call& call, const AssociateFacesRequest& request) {
    return governed<AssociationAnswer>(
        engine, call,
        {.operation = "AssociateFaces", .collection = request.collection_id, .threshold = request.threshold},
        [&](Record& record) {
            return change_association(
                engine, call, record,
                {.operation = "AssociateFaces",
                 .collection_id = request.collection_id,
                 .user_id = request.user_id,
                 .face_ids = request.face_ids,
                 .token = request.token,
                 .parameters = fmt::format("{}", request.threshold),
                 .run = [&](const store::Collection& collection, store::Transaction& change,
                            GalleryChange& templates) {
                     return Association(engine, collection, request).run(change, templates);
                 }});
        });
}

}  // namespace visavis::engine
