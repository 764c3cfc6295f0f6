// From an operation's name and JSON text to its answer: target known -> JSON -> constraints of the service
// model -> operation. Authentication comes before (api_handler.h).
#pragma once

#include <string_view>

#include "engine/call.h"
#include "engine/engine.h"
#include "server/handler.h"

namespace visavis::protocol {

/// Keeps a reference to the engine. Thread-safe.
class Dispatcher {
  public:
    explicit Dispatcher(engine::Engine& engine) : engine_(engine) {}

    /// Answers one call. `body` is UTF-8 JSON; an empty one counts as `{}`. `local`: the caller is the
    /// operator at this machine (Unix socket or command line), whose images may have 15 MB and who is told
    /// what broke. Always a complete response: errors come as JSON with `__type` (exceptions.h), with the
    /// notes of the call where there are any.
    [[nodiscard]] server::Response dispatch(const engine::Caller& caller, std::string_view operation,
                                            std::string_view body, bool local) const;

  private:
    engine::Engine& engine_;
};

/// `RekognitionService.DetectFaces` -> `DetectFaces`; empty if the header is of another service or missing.
[[nodiscard]] std::string_view operation_of_target(std::string_view target) noexcept;

}  // namespace visavis::protocol
