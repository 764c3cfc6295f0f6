#include "engine/sweeper.h"

#include "engine/retention.h"
#include "engine/unowned_collections.h"

namespace visavis::engine {

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

void Sweeper::sweep() {
    const auto stay = [this] { return go_on(); };
    // Each goes on when the other is in trouble.
    const auto cases = erase_lapsed_cases(engine_, ledger_.get(), stay);
    const Result<Removed> retention =
        engine_.store() == nullptr ? Result<Removed>{} : sweep_everything(engine_, stay);
    const Result<void> deleted =
        engine_.store() == nullptr ? Result<void>{} : discard_deleted(*engine_.store(), stay);
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
    while (true) {
        sweep();
        std::unique_lock lock(mutex_);
        if (stop_.wait_for(lock, options_.every, [&] { return stopping_; })) return;
    }
}

}  // namespace visavis::engine
