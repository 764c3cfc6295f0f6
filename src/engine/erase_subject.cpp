#include "engine/erase_subject.h"

#include "engine/collection_access.h"
#include "engine/ledger_recorder.h"
#include "engine/receipt_outbox.h"
#include "engine/remove_erased.h"

namespace visavis::engine {
namespace {

Result<void> leave_collection(Engine& engine, const Call& call, const EraseSubjectRequest& request) {
    if (engine.store() == nullptr) return {};
    const auto collection = find_collection(engine, call.caller, request.collection);
    if (!collection && collection.error().code == ErrorCode::kNotFound) return {};
    if (!collection) return std::unexpected(collection.error());
    const auto removed = remove_persons(engine, *collection, request.ids);
    if (!removed) return std::unexpected(removed.error());
    return {};
}

}  // namespace

Result<ledger::Erasure> erase_subject(Engine& engine, Call& call, ledger::Ledger& ledger,
                                      const EraseSubjectRequest& request) {
    std::string receipt;
    auto answer = governed<ledger::Erasure>(
        engine, call, {.operation = "EraseSubject", .collection = request.collection},
        [&](Record& record) -> Result<ledger::Erasure> {
            if (request.ids.empty())
                return fail(ErrorCode::kInvalidParameter, "no FaceId or UserId is named");
            std::vector<std::string> subjects;
            for (const auto& id : request.ids)
                subjects.push_back(subject_of(call.caller, request.collection, id));
            auto erasure = erase_with_receipt(engine, call, record, receipt,
                                              [&](const auto& make) { return ledger.erase(subjects, make); });
            if (!erasure) return erasure;
            if (auto done = leave_collection(engine, call, request); !done)
                return std::unexpected(done.error());
            return erasure;
        });
    if (answer && !receipt.empty())
        if (auto settled = ledger.settle(receipt, engine.clock().now()); !settled)
            return std::unexpected(settled.error());
    return answer;
}

Result<std::size_t> finish_erasures(Engine& engine, ledger::Ledger& ledger) {
    auto receipts = ledger.unsettled();
    if (!receipts) return std::unexpected(receipts.error());
    for (auto& receipt : *receipts) {
        const std::string id = receipt.id;
        const auto tags = ledger.erased_by(id);
        if (!tags) return std::unexpected(tags.error());
        if (auto removed = remove_erased(engine, ledger, {tags->begin(), tags->end()}); !removed)
            return std::unexpected(removed.error());
        if (auto added = ledger.add_once(std::move(receipt)); !added) return std::unexpected(added.error());
        if (auto settled = ledger.settle(id, engine.clock().now()); !settled)
            return std::unexpected(settled.error());
    }
    return receipts->size();
}

}  // namespace visavis::engine
