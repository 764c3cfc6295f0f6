#include "engine/create_user.h"

#include <fmt/format.h>

#include "engine/collection_access.h"
#include "engine/idempotency.h"

namespace visavis::engine {
Result<CreateUserResponse> create_user(Engine& engine, Call& call, const CreateUserRequest& request) {
    return governed<CreateUserResponse>(
        engine, call, {.operation = "CreateUser", .collection = request.collection_id},
        [&](Record& record) -> Result<CreateUserResponse> {
            const auto collection = find_collection(engine, call.caller, request.collection_id);
            if (!collection) return std::unexpected(collection.error());
            const Repeatable repeatable{.operation = "CreateUser",
                                        .token = request.token,
                                        .parameters = fmt::format("{} {}", collection->uid, request.user_id)};
            const auto made = change_once(
                engine, call, record, repeatable, [&](store::Transaction& change) -> Result<Bytes> {
                    const auto user =
                        change.users().create(collection->key, request.user_id, engine.clock().now());
                    if (!user && user.error().code == ErrorCode::kAlreadyExists)
                        return fail(ErrorCode::kConflict, user.error().message);
                    if (!user) return std::unexpected(user.error());
                    record.subjects.push_back(request.user_id);
                    const std::string& case_id = call.caller.binding.case_id;
                    if (!case_id.empty())
                        if (const auto noted = change.retention().set_case_of_user(collection->key,
                                                                                   request.user_id, case_id);
                            !noted)
                            return std::unexpected(noted.error());
                    return Bytes{};
                });
            if (!made) return std::unexpected(made.error());
            return CreateUserResponse{};
        });
}

}  // namespace visavis::engine
