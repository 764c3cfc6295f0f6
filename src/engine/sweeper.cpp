#include "engine/sweeper.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "engine/retention.h"
#include "engine/unowned_collections.h"

namespace visavis::engine {
namespace {

// What deletions left must not wait for a retention that is swept once a day.
constexpr std::chrono::minutes kLongestPause{1};

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

void Sweeper::trouble(std::string& last, const Error* error) {
    const std::string message = error == nullptr ? std::string() : error->message;
    if (message != last && error != nullptr && options_.on_trouble) options_.on_trouble(*error);
    last = message;
}

void Sweeper::sweep() {
    const auto stay = [this] { return go_on(); };
    // Each goes on when the other is in trouble.
    const auto cases = erase_lapsed_cases(engine_, ledger_.get(), stay);
    const Result<Removed> retention =
        engine_.store() == nullptr ? Result<Removed>{} : sweep_everything(engine_, stay);
    trouble(sweep_trouble_, !cases ? &cases.error() : !retention ? &retention.error() : nullptr);
    const Removed removed = retention.value_or(Removed{});
    const ErasedCases erased = cases.value_or(ErasedCases{});
    const bool some = removed.faces + removed.users + erased.removed.faces + erased.removed.users +
                          erased.erasure.receipts >
                      0;
    if (some && options_.on_removed) options_.on_removed(removed, erased);
}

void Sweeper::tidy(SteadyClock::time_point until) {
    if (engine_.store() == nullptr) return;
    const auto stay = [&] { return SteadyClock::now() < until && go_on(); };
    // Their answers name faces and users, who may be gone by now.
    const auto forgotten = engine_.store()->write(
        [&](store::Transaction& change) { return change.tokens().forget(engine_.clock().now()); });
    const Result<void> renewed =
        std::exchange(renewed_, true)
            ? Result<void>{}
            : engine_.galleries()->renew_files(engine_.model_version(), [this] { return go_on(); });
    const auto deleted = discard_deleted(*engine_.store(), stay);
    trouble(tidy_trouble_, !deleted     ? &deleted.error()
                           : !forgotten ? &forgotten.error()
                           : !renewed   ? &renewed.error()
                                        : nullptr);
}

void Sweeper::loop() {
    auto next = SteadyClock::time_point::min();
    const auto guarded = [&](std::string& last, const auto& step) {
        try {
            step();
        } catch (const std::exception& exception) {  // no memory, most likely; the server goes on
            const Error error{ErrorCode::kInternal, exception.what()};
            trouble(last, &error);
        }
    };
    while (true) {
        if (SteadyClock::now() >= next) {
            guarded(sweep_trouble_, [&] { sweep(); });
            next = SteadyClock::now() + options_.every;
        }
        guarded(tidy_trouble_, [&] { tidy(next); });
        std::unique_lock lock(mutex_);
        const auto pause = std::min<SteadyClock::duration>(next - SteadyClock::now(), kLongestPause);
        if (stop_.wait_for(lock, pause, [&] { return stopping_; })) return;
    }
}

}  // namespace visavis::engine
