// The operations' functions, for the table. protocol/operation.h says what each must do.
#pragma once

#include "protocol/operation.h"

namespace visavis::protocol::operations {

Run associate_faces;
Run compare_faces;
Run create_collection;
Run create_user;
Run delete_collection;
Run delete_faces;
Run delete_user;
Run describe_collection;
Run detect_faces;
Run disassociate_faces;
Run index_faces;
Run list_collections;
Run list_faces;
Run list_tags_for_resource;
Run list_users;
Run search_faces;
Run search_faces_by_image;
Run search_users;
Run search_users_by_image;
Run tag_resource;
Run untag_resource;

}  // namespace visavis::protocol::operations
