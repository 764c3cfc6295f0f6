// The operations' functions, for the table. protocol/operation.h says what each must do.
#pragma once

#include "protocol/operation.h"

namespace visavis::protocol::operations {

Run compare_faces;
Run detect_faces;

}  // namespace visavis::protocol::operations
