#include "engine/collection_access.h"

#include <fmt/format.h>

namespace visavis::engine {

Result<store::Store*> store_of(Engine& engine) {
    if (engine.store() == nullptr)
        return fail(ErrorCode::kUnavailable,
                    "there is no data directory, so there are no collections; give --data");
    return engine.store();
}

Result<store::Collection> find_collection(Engine& engine, const Caller& caller, std::string_view id) {
    const auto store = store_of(engine);
    if (!store) return std::unexpected(store.error());
    auto found = (*store)->read(
        [&](const store::Transaction& now) { return now.collections().find(caller.account, id); });
    if (!found) return std::unexpected(found.error());
    if (!*found) return fail(ErrorCode::kNotFound, fmt::format("The collection id: {} does not exist", id));
    return std::move(**found);
}

bool of_this_model(const Engine& engine, const store::Collection& collection) {
    return collection.model_version == engine.model_version() &&
           collection.dimension == engine.pipeline().dimension();
}

Result<std::shared_ptr<Gallery>> gallery_of(Engine& engine, const store::Collection& collection) {
    if (!of_this_model(engine, collection))
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("Request has invalid parameters: collection `{}` holds templates of face "
                                "model {}, and this server runs {}; the two cannot be compared. Index the "
                                "photographs again into a new collection, or run the server with the former "
                                "model pack.",
                                collection.id, collection.model_version, engine.model_version()));
    auto gallery = engine.galleries()->of(collection);
    if (!gallery) return gallery;
    if (const auto done = (*gallery)->catch_up(); !done) return std::unexpected(done.error());
    return gallery;
}

Result<store::Collection> find_tagged(Engine& engine, const Caller& caller, std::string_view arn,
                                      std::string_view id) {
    auto found = find_collection(engine, caller, id);
    if (found || found.error().code != ErrorCode::kNotFound) return found;
    return std::unexpected(no_resource(arn));
}

Error no_resource(std::string_view arn) {
    return {ErrorCode::kNotFound, fmt::format("The resource: {} does not exist", arn)};
}

Result<std::shared_ptr<Gallery>> gallery_for_removal(Engine& engine, const store::Collection& collection) {
    if (!of_this_model(engine, collection)) return nullptr;
    return gallery_of(engine, collection);
}

Result<void> follow(const std::shared_ptr<Gallery>& gallery, const store::Collection& collection,
                    GalleryChange change, store::Transaction& transaction) {
    if (!gallery) return {};
    return Gallery::follow(gallery, collection, std::move(change), transaction);
}

Result<void> settle(Engine& engine, const store::Collection& collection,
                    const std::shared_ptr<Gallery>& gallery) {
    if (gallery) {
        if (auto done = gallery->catch_up(); !done) return done;
        return gallery->cleared();
    }
    engine.galleries()->forget(collection);
    return {};
}

}  // namespace visavis::engine
