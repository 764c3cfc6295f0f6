// What every operation on a collection begins and ends with.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "engine/call.h"
#include "engine/engine.h"
#include "engine/gallery.h"
#include "engine/receipt_outbox.h"
#include "store/store.h"

namespace visavis::engine {

/// kUnavailable on an engine without a data directory.
[[nodiscard]] Result<store::Store*> store_of(Engine& engine);

/// The caller's collection; kNotFound in Amazon's words.
[[nodiscard]] Result<store::Collection> find_collection(Engine& engine, const Caller& caller,
                                                        std::string_view id);

/// Whether the collection's templates are of the model in use.
[[nodiscard]] bool of_this_model(const Engine& engine, const store::Collection& collection);

/// The collection's gallery, up to date. kInvalidParameter, saying what to do, if the collection holds
/// templates of another model: they must never be compared with this one's.
[[nodiscard]] Result<std::shared_ptr<Gallery>> gallery_of(Engine& engine,
                                                          const store::Collection& collection);

/// What is said of an ARN that names nothing of the caller's: kNotFound, showing the ARN.
[[nodiscard]] Error no_resource(std::string_view arn);

/// The collection that an ARN names (`id` as collection_of_arn() gave it); else no_resource().
[[nodiscard]] Result<store::Collection> find_tagged(Engine& engine, const Caller& caller,
                                                    std::string_view arn, std::string_view id);

/// The answer of an operation on an ARN that cannot be of a collection of the caller's: no_resource(), with a
/// receipt. There is nothing that policy could decide on.
template <typename Response>
[[nodiscard]] Result<Response> no_such_resource(Engine& engine, Call& call, std::string_view operation,
                                                std::string_view arn) {
    return demanded<Response>(
        engine, call, {.operation = std::string(operation)},
        [&](Record& /*record*/) -> Result<Response> { return std::unexpected(no_resource(arn)); });
}

/// For operations that only remove templates, which a collection of another model allows too: its gallery, or
/// null for one of another model.
[[nodiscard]] Result<std::shared_ptr<Gallery>> gallery_for_removal(Engine& engine,
                                                                   const store::Collection& collection);

/// Gallery::follow(); nothing to do without a gallery.
[[nodiscard]] Result<void> follow(const std::shared_ptr<Gallery>& gallery,
                                  const store::Collection& collection, GalleryChange change,
                                  store::Transaction& transaction);

/// After a removal was committed: brings the gallery up to date; without one, the collection's index files of
/// another model go, since they may hold what was removed. Errors of Gallery::catch_up() and cleared().
[[nodiscard]] Result<void> settle(Engine& engine, const store::Collection& collection,
                                  const std::shared_ptr<Gallery>& gallery);

/// Changes the store: `body` as in store::Store::write(); the operation's receipt, if it leaves one, becomes
/// durable in the same transaction. None is left if the body says that none is due.
template <typename Body>
[[nodiscard]] auto change_store(Engine& engine, const Call& call, Record& record, Body&& body)
    -> std::invoke_result_t<Body, store::Transaction&> {
    const auto store = store_of(engine);
    if (!store) return std::unexpected(store.error());
    auto written =
        (*store)->write([&](store::Transaction& change) -> std::invoke_result_t<Body, store::Transaction&> {
            auto answer = std::forward<Body>(body)(change);
            if (answer && !record.nothing_due)
                if (const auto kept = leave_receipt(engine, call, record, change); !kept)
                    return std::unexpected(kept.error());
            return answer;
        });
    // A commit that failed has undone change and receipt; what is left in the record tells of neither.
    if (!written) record.undo_receipt();
    return written;
}

}  // namespace visavis::engine
