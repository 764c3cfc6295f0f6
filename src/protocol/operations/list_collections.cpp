#include "engine/list_collections.h"

#include "protocol/arguments.h"
#include "protocol/operations/operations.h"
#include "protocol/shapes.h"

namespace visavis::protocol::operations {

Result<boost::json::object> list_collections(engine::Engine& engine, engine::Call& call,
                                             const boost::json::object& request) {
    const auto response = engine::list_collections(engine, call,
                                                   {.next_token = optional_text(request, "NextToken"),
                                                    .max_results = optional_integer(request, "MaxResults")});
    if (!response) return std::unexpected(response.error());

    const auto as_is = [](const std::string& one) { return boost::json::value(one); };
    boost::json::object answer{{"CollectionIds", list_of(response->collection_ids, as_is)},
                               {"FaceModelVersions", list_of(response->model_versions, as_is)}};
    if (response->next_token) answer["NextToken"] = *response->next_token;
    return answer;
}

}  // namespace visavis::protocol::operations
