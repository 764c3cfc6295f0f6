#include "engine/two_persons.h"

#include "engine/engine.h"
#include "policy/collection_tags.h"

namespace visavis::engine {

Result<bool> wants_two_persons(const Engine& engine, const std::string& account,
                               const std::string& collection) {
    if (collection.empty() || engine.store() == nullptr) return false;
    return engine.store()->read([&](const store::Transaction& now) -> Result<bool> {
        const auto found = now.collections().find(account, collection);
        if (!found) return std::unexpected(found.error());
        if (!*found) return false;
        const auto tags = now.tags().list((*found)->key);
        if (!tags) return std::unexpected(tags.error());
        return tags->contains(std::string(policy::kTwoPersonsTag));
    });
}

}  // namespace visavis::engine
