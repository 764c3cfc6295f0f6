// What an urgent case produced goes when nobody approved it in time, or somebody refused it (EU AI Act art.
// 5(3) and 26(10)): faces and users that were enrolled with its credentials, and what the receipts of its
// uses say was searched for and found. Who used it, when and for what stays on record.
#pragma once

#include <functional>

#include "base/error.h"
#include "engine/engine.h"
#include "engine/remove_people.h"
#include "ledger/ledger.h"

namespace visavis::engine {

/// A request that was running when the case ended may still write; so long afterwards the case is looked at
/// again.
inline constexpr std::chrono::minutes kCaseAfterglow{2};

struct ErasedCases {
    Removed removed;
    ledger::Erasure erasure;
};

/// Erases every case that lapsed and is not erased yet; each step leaves a receipt (`EraseCase`) and may be
/// repeated after a crash. `ledger` may be null: then there are no receipts to erase. `go_on` as in
/// sweep_everything(). Users and faces of others that a case merely joined stay joined. Thread-safe.
[[nodiscard]] Result<ErasedCases> erase_lapsed_cases(Engine& engine, ledger::Ledger* ledger,
                                                     const std::function<bool()>& go_on);

}  // namespace visavis::engine
