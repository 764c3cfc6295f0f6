// One Rekognition operation: reads the validated request, calls the engine, writes the response.
// One file each under operations/; operations/table.cpp lists them.
#pragma once

#include <span>
#include <string_view>

#include <boost/json.hpp>

#include "base/error.h"
#include "engine/call.h"
#include "engine/engine.h"

namespace visavis::protocol {

/// `request` satisfies the service model (validate). The response's members, or the engine's error. The
/// member `Visavis` and the headers come from `call.notes` afterwards. Thread-safe.
using Run = Result<boost::json::object>(engine::Engine& engine, engine::Call& call,
                                        const boost::json::object& request);

struct Operation {
    std::string_view name;  ///< e.g. `DetectFaces`
    Run* run{};
};

/// The operations that this server answers.
[[nodiscard]] std::span<const Operation> answered_operations() noexcept;

}  // namespace visavis::protocol
