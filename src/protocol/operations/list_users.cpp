#include "engine/list_users.h"

#include "protocol/arguments.h"
#include "protocol/operations/operations.h"
#include "protocol/shapes.h"

namespace visavis::protocol::operations {

Result<boost::json::object> list_users(engine::Engine& engine, engine::Call& call,
                                       const boost::json::object& request) {
    const auto response = engine::list_users(engine, call,
                                             {.collection_id = text(request, "CollectionId"),
                                              .next_token = optional_text(request, "NextToken"),
                                              .max_results = optional_integer(request, "MaxResults")});
    if (!response) return std::unexpected(response.error());

    boost::json::object answer{{"Users", list_of(response->users, [](const engine::ListedUser& user) {
                                    return boost::json::object{{"UserId", user.user_id},
                                                               {"UserStatus", user.status}};
                                })}};
    if (response->next_token) answer["NextToken"] = *response->next_token;
    return answer;
}

}  // namespace visavis::protocol::operations
