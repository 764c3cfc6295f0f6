#include "engine/search_users.h"

#include <fmt/format.h>

#include "base/limits.h"
#include "engine/collection_access.h"

namespace visavis::engine {
namespace {

struct Searched {
    std::optional<match::StoredRow> row;
    std::vector<std::uint64_t> itself;  // not to be found
};

Result<Searched> searched(Engine& engine, const Gallery& gallery, const store::Collection& collection,
                          const SearchUsersRequest& request) {
    if (request.face_id) {
        const auto found = engine.store()->read([&](const store::Transaction& now) {
            return now.faces().find(collection.key, std::vector{*request.face_id});
        });
        if (!found) return std::unexpected(found.error());
        const auto& face = found->front();
        auto row = face ? gallery.faces().find(face->row) : std::nullopt;
        if (!row) return fail(ErrorCode::kNotFound, "faceId was not found in the collection.");
        return Searched{.row = std::move(row), .itself = {}};
    }
    const auto user = engine.store()->read(
        [&](const store::Transaction& now) { return now.users().find(collection.key, *request.user_id); });
    if (!user) return std::unexpected(user.error());
    if (!*user)
        return fail(ErrorCode::kNotFound, fmt::format("The user id: {} does not exist", *request.user_id));
    if (!(*user)->template_row) return Searched{};
    return Searched{.row = gallery.users().find(*(*user)->template_row), .itself = {*(*user)->template_row}};
}

Result<SearchUsersResponse> search(Engine& engine, Call& call, const SearchUsersRequest& request,
                                   Record& record) {
    if (request.user_id.has_value() == request.face_id.has_value())
        return fail(ErrorCode::kInvalidParameter,
                    "Request has invalid parameters: give exactly one of `UserId` and `FaceId`");
    const auto collection = find_collection(engine, call.caller, request.collection_id);
    if (!collection) return std::unexpected(collection.error());
    const auto gallery = gallery_of(engine, *collection);
    if (!gallery) return std::unexpected(gallery.error());
    const auto probe = searched(engine, **gallery, *collection, request);
    if (!probe) return std::unexpected(probe.error());

    SearchUsersResponse response{.matches = {},
                                 .model_version = collection->model_version,
                                 .searched_face_id = request.face_id,
                                 .searched_user_id = request.user_id};
    if (!probe->row) return response;
    const auto matches = search_index(engine, (*gallery)->users(),
                                      {.vector = probe->row->vector,
                                       .normalisation = probe->row->normalisation,
                                       .threshold = request.threshold,
                                       .collection = collection->key,
                                       .most = static_cast<std::size_t>(request.max_users.value_or(
                                           static_cast<std::int64_t>(limits::kUserResults))),
                                       .except = probe->itself},
                                      call.notes, record);
    if (!matches) return std::unexpected(matches.error());
    auto users = user_matches(engine, *collection, *matches, call.notes, record);
    if (!users) return std::unexpected(users.error());
    response.matches = std::move(*users);
    return response;
}

}  // namespace

Result<SearchUsersResponse> search_users(Engine& engine, Call& call, const SearchUsersRequest& request) {
    return governed<SearchUsersResponse>(
        engine, call,
        {.operation = "SearchUsers", .collection = request.collection_id, .threshold = request.threshold},
        [&](Record& record) { return search(engine, call, request, record); });
}

}  // namespace visavis::engine
