#include <array>

#include "protocol/operations/operations.h"

namespace visavis::protocol {

std::span<const Operation> answered_operations() noexcept {
    static constexpr std::array kOperations = {
        Operation{.name = "AssociateFaces", .run = operations::associate_faces},
        Operation{.name = "CompareFaces", .run = operations::compare_faces},
        Operation{.name = "CreateCollection", .run = operations::create_collection},
        Operation{.name = "CreateUser", .run = operations::create_user},
        Operation{.name = "DeleteCollection", .run = operations::delete_collection},
        Operation{.name = "DeleteFaces", .run = operations::delete_faces},
        Operation{.name = "DeleteUser", .run = operations::delete_user},
        Operation{.name = "DescribeCollection", .run = operations::describe_collection},
        Operation{.name = "DetectFaces", .run = operations::detect_faces},
        Operation{.name = "DisassociateFaces", .run = operations::disassociate_faces},
        Operation{.name = "IndexFaces", .run = operations::index_faces},
        Operation{.name = "ListCollections", .run = operations::list_collections},
        Operation{.name = "ListFaces", .run = operations::list_faces},
        Operation{.name = "ListTagsForResource", .run = operations::list_tags_for_resource},
        Operation{.name = "ListUsers", .run = operations::list_users},
        Operation{.name = "SearchFaces", .run = operations::search_faces},
        Operation{.name = "SearchFacesByImage", .run = operations::search_faces_by_image},
        Operation{.name = "SearchUsers", .run = operations::search_users},
        Operation{.name = "SearchUsersByImage", .run = operations::search_users_by_image},
        Operation{.name = "TagResource", .run = operations::tag_resource},
        Operation{.name = "UntagResource", .run = operations::untag_resource},
    };
    return kOperations;
}

}  // namespace visavis::protocol
