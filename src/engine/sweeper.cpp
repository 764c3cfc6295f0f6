#include "engine/sweeper.h"

#include "engine/retention.h"
#include "engine/unowned_collections.h"

namespace visavis::engine {
namespace {

using SteadyClock = std::chrono::steady_clock;

// What deletions left must not wait for a retention that is swept once a day.
constexpr std::chrono::minutes kLongestPause{1};

/// Of deletions; and tokens that have expired: their answers name faces and users, who may be gone by now.
Result<void> remove_leftovers(Engine& engine, const std::function<bool()>& go_on) {
    const auto deleted = discard_deleted(*engine.store(), go_on);
    const auto forgotten = engine.store()->write(
        [&](store::Transaction& change) { return change.tokens().forget(engine.clock().now()); });
    return deleted ? forgotten : deleted;
}

}  // namespace

Sweeper::Sweeper(Engine& engine, std::shared_ptr<ledger::Ledger> ledger, SweeperOptions options)
    : engine_(engine),
      ledger_(std::move(ledger)),
      options_(std::move(options)),
      thread_([this] { loop(); }) {}

Sweeper::~Sweeper() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    stop_.notify_all();
    thread_.join();
}

bool Sweeper::go_on() {
    std::unique_lock lock(mutex_);
    return !stop_.wait_for(lock, options_.pause, [&] { return stopping_; });
}

void Sweeper::trouble(const Error* error) {
    const std::string message = error == nullptr ? std::string() : error->message;
    if (message != last_trouble_ && error != nullptr && options_.on_trouble) options_.on_trouble(*error);
    last_trouble_ = message;
}

void Sweeper::sweep(bool due) {
    const auto stay = [this] { return go_on(); };
    const bool stores = engine_.store() != nullptr;
    // Each goes on when the other is in trouble.
    const Result<void> deleted = stores ? remove_leftovers(engine_, stay) : Result<void>{};
    const auto cases = due ? erase_lapsed_cases(engine_, ledger_.get(), stay) : Result<ErasedCases>{};
    const Result<Removed> retention = due && stores ? sweep_everything(engine_, stay) : Result<Removed>{};
    trouble(!cases       ? &cases.error()
            : !retention ? &retention.error()
            : !deleted   ? &deleted.error()
                         : nullptr);
    const Removed removed = retention.value_or(Removed{});
    const ErasedCases erased = cases.value_or(ErasedCases{});
    const bool some = removed.faces + removed.users + erased.removed.faces + erased.removed.users +
                          erased.erasure.receipts >
                      0;
    if (some && options_.on_removed) options_.on_removed(removed, erased);
}

void Sweeper::loop() {
    if (engine_.galleries() != nullptr)
        if (const auto renewed =
                engine_.galleries()->renew_files(engine_.model_version(), [this] { return go_on(); });
            !renewed)
            trouble(&renewed.error());
    auto next = SteadyClock::time_point::min();
    while (true) {
        const auto now = SteadyClock::now();
        const bool due = now >= next;
        if (due) next = now + options_.every;
        sweep(due);
        std::unique_lock lock(mutex_);
        const auto pause = std::min<SteadyClock::duration>(next - SteadyClock::now(), kLongestPause);
        if (stop_.wait_for(lock, pause, [&] { return stopping_; })) return;
    }
}

}  // namespace visavis::engine
