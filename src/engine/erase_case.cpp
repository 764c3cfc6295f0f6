#include "engine/erase_case.h"

#include <algorithm>

#include "engine/collection_access.h"
#include "engine/receipt_outbox.h"
#include "engine/unowned_collections.h"

namespace visavis::engine {
namespace {

constexpr std::size_t kFacesAtOnce = 256;
constexpr std::size_t kUsersAtOnce = 8;

Use use_of(const policy::Case& record, std::string collection = {}) {
    return {.operation = "EraseCase",
            .collection = std::move(collection),
            .threshold = {},
            .attributes = {},
            .tags = {},
            .case_id = record.id};
}

Result<People> people_of(const store::Transaction& now, const store::Collection& collection,
                         const std::string& case_id) {
    auto faces = now.retention().faces_of_case(collection.key, case_id, kFacesAtOnce);
    if (!faces) return std::unexpected(faces.error());
    if (!faces->empty()) return People{.faces = std::move(*faces), .users = {}};
    auto users = now.retention().users_of_case(collection.key, case_id, kUsersAtOnce);
    if (!users) return std::unexpected(users.error());
    return People{.faces = {}, .users = std::move(*users)};
}

/// One batch; nothing removed: nothing is left.
Result<Removed> erase_batch(Engine& engine, const policy::Case& record, const store::Collection& collection) {
    Call call{.caller = the_server(collection.account), .notes = {}};
    return demanded<Removed>(
        engine, call, use_of(record, collection.id), [&](Record& receipt) -> Result<Removed> {
            const auto gallery = gallery_for_removal(engine, collection);
            if (!gallery) return std::unexpected(gallery.error());
            const auto removed =
                change_store(engine, call, receipt, [&](store::Transaction& change) -> Result<Removed> {
                    const auto people = people_of(change, collection, record.id);
                    if (!people) return std::unexpected(people.error());
                    receipt.nothing_due = people->empty();
                    if (people->empty()) return Removed{};
                    return remove_people(engine, collection, *gallery, *people, receipt, change);
                });
            if (!removed) return removed;
            if (auto done = settle(engine, collection, *gallery); !done) return std::unexpected(done.error());
            return removed;
        });
}

/// The collections that still hold something of the case.
Result<std::vector<store::Collection>> collections_of(Engine& engine, const policy::Case& record) {
    return engine.store()->read([&](const store::Transaction& now) -> Result<std::vector<store::Collection>> {
        const auto keys = now.retention().collections_of_case(record.id);
        if (!keys) return std::unexpected(keys.error());
        auto all = owned_collections(now);
        if (!all) return all;
        std::erase_if(*all, [&](const store::Collection& one) {
            return std::ranges::find(*keys, one.key) == keys->end();
        });
        return all;
    });
}

Result<ledger::Erasure> erase_results(Engine& engine, ledger::Ledger& ledger, const policy::Case& record) {
    Call call{.caller = the_server({}), .notes = {}};
    std::string receipt_id;
    auto erased = demanded<ledger::Erasure>(engine, call, use_of(record), [&](Record& receipt) {
        auto gone = erase_with_receipt(engine, call, receipt, receipt_id,
                                       [&](const auto& make) { return ledger.erase_case(record.id, make); });
        receipt.nothing_due = gone && gone->receipts == 0;
        return gone;
    });
    if (erased && !receipt_id.empty())
        if (auto settled = ledger.settle(receipt_id, engine.clock().now()); !settled)
            return std::unexpected(settled.error());
    return erased;
}

Result<Removed> erase_people(Engine& engine, const policy::Case& record, const std::function<bool()>& go_on) {
    Removed removed;
    if (engine.store() == nullptr) return removed;
    const auto collections = collections_of(engine, record);
    if (!collections) return std::unexpected(collections.error());
    for (const store::Collection& collection : *collections)
        while (go_on()) {
            const auto batch = erase_batch(engine, record, collection);
            if (!batch) return batch;
            if (batch->faces + batch->users == 0) break;
            removed += *batch;
        }
    return removed;
}

Result<void> erase_one(Engine& engine, ledger::Ledger* ledger, policy::Cases& cases,
                       const policy::Case& record, const std::function<bool()>& go_on, ErasedCases& total) {
    const TimePoint now = engine.clock().now();
    ledger::Erasure erasure;
    if (ledger != nullptr) {
        const auto erased = erase_results(engine, *ledger, record);
        if (!erased) return std::unexpected(erased.error());
        erasure = *erased;
        total.erasure.receipts += erasure.receipts;
        total.erasure.openings += erasure.openings;
    }
    const auto removed = erase_people(engine, record, go_on);
    if (!removed) return std::unexpected(removed.error());
    total.removed += *removed;
    const auto lapsed = record.lapsed_at(now);
    const bool finished = go_on() && lapsed && now >= *lapsed + kCaseAfterglow;
    if (!finished && removed->faces + removed->users + erasure.receipts == 0) return {};
    const auto noted = cases.note_erasure(
        record.id,
        {.finished = {}, .faces = removed->faces, .users = removed->users, .receipts = erasure.receipts},
        finished);
    if (!noted) return std::unexpected(noted.error());
    return {};
}

}  // namespace

Result<ErasedCases> erase_lapsed_cases(Engine& engine, ledger::Ledger* ledger,
                                       const std::function<bool()>& go_on) {
    ErasedCases total;
    policy::Cases* cases = engine.authority() == nullptr ? nullptr : engine.authority()->cases();
    if (cases == nullptr) return total;
    const auto lapsed = cases->to_erase();
    if (!lapsed) return std::unexpected(lapsed.error());
    Result<ErasedCases> first_failure;
    for (const policy::Case& record : *lapsed) {
        if (!go_on()) break;
        // A case in trouble does not keep the others from being erased.
        const auto done = erase_one(engine, ledger, *cases, record, go_on, total);
        if (!done && first_failure) first_failure = std::unexpected(done.error());
    }
    return first_failure ? total : first_failure;
}

}  // namespace visavis::engine
