// Retention: faces leave when their time is over (docs/policy.md). A collection's tags say how long; a
// person's time runs from their last interaction, and no search renews it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "engine/call.h"
#include "engine/engine.h"
#include "engine/remove_people.h"
#include "policy/model.h"
#include "store/store.h"

namespace visavis::engine {

/// The latest last interaction of those who are due at `now`; nothing if nobody can be: no tag sets an end.
[[nodiscard]] std::optional<TimePoint> due_until(const policy::Collection& rule, TimePoint now);

/// What `visavis retention status` shows of one collection.
struct RetentionOfCollection {
    std::string id;
    std::int64_t days{};                   ///< 0: no end
    std::optional<TimePoint> purpose_met;  ///< from then on nobody stays
    std::uint64_t faces{};
    std::uint64_t users{};
    store::DueCount due;
    std::optional<TimePoint> next_due;  ///< when the next person's time is over; past: now
    std::optional<store::Sweep> last_sweep;
};

/// Every collection of the caller's account, in the order of their creation. Decided as `RetentionStatus`.
/// kUnavailable without a data directory. Thread-safe.
[[nodiscard]] Result<std::vector<RetentionOfCollection>> retention_status(Engine& engine, Call& call);

/// One collection's sweep: what went.
struct SweptCollection {
    std::string id;
    Removed removed;
};

/// Sweeps the caller's account at once, whatever the time of the next sweep by the server itself; the
/// collections that had a rule. Decided as `SweepRetention`; each batch leaves a receipt of its own.
[[nodiscard]] Result<std::vector<SweptCollection>> sweep_retention(Engine& engine, Call& call);

/// What the server does by itself, over every account. Small transactions one after another, between which
/// requests are served; what was removed is gone as after DeleteFaces. `go_on` is asked before each: false
/// stops. The first error ends the sweep of that collection, not of the others; it is returned at the end.
[[nodiscard]] Result<Removed> sweep_everything(Engine& engine, const std::function<bool()>& go_on);

}  // namespace visavis::engine
