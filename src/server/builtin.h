// What the server answers itself: `/health/live`, `/health/ready` and `/metrics`, for GET and HEAD.
#pragma once

#include <optional>

#include "server/core.h"
#include "server/handler.h"

namespace visavis::server {

/// The two health answers, made without blocking; nothing for every other request. Live means that the
/// server can answer at all; ready (200, else 503) that the handler is ready and the server does not stop.
[[nodiscard]] std::optional<Response> health(const Core& core, const Request& head);

/// Whether this asks for the metrics.
[[nodiscard]] bool asks_for_metrics(const Request& head) noexcept;

/// The metrics; 403 for a peer beyond loopback unless the options allow it.
[[nodiscard]] Response show_metrics(const Core& core, bool from_this_machine);

}  // namespace visavis::server
