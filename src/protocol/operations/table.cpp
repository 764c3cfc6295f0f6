#include <array>

#include "protocol/operations/operations.h"

namespace visavis::protocol {

std::span<const Operation> answered_operations() noexcept {
    static constexpr std::array kOperations = {
        Operation{.name = "CompareFaces", .run = operations::compare_faces},
        Operation{.name = "DetectFaces", .run = operations::detect_faces},
    };
    return kOperations;
}

}  // namespace visavis::protocol
