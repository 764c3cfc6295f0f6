#include "engine/retention.h"

#include <algorithm>

#include "base/random.h"
#include "engine/collection_access.h"
#include "engine/unowned_collections.h"
#include "policy/collection_tags.h"

namespace visavis::engine {
namespace {

// One transaction's worth: a few milliseconds of the writer's time.
constexpr std::size_t kFacesAtOnce = 256;
constexpr std::size_t kUsersAtOnce = 8;
// A sweep that found nothing is noted so often: each note is a write.
constexpr std::chrono::hours kNoteEvery{1};

Result<policy::Collection> rule_of(const store::Transaction& now, const store::Collection& collection) {
    const auto tags = now.tags().list(collection.key);
    if (!tags) return std::unexpected(tags.error());
    return policy::collection_of_tags(collection.id, {tags->begin(), tags->end()});
}

/// By the rule of this very moment.
Result<People> due_people(const store::Transaction& now, const store::Collection& collection, TimePoint at) {
    const auto rule = rule_of(now, collection);
    if (!rule) return std::unexpected(rule.error());
    const auto until = due_until(*rule, at);
    if (!until) return People{};
    auto users = now.retention().due_users(collection.key, *until, kUsersAtOnce);
    if (!users) return std::unexpected(users.error());
    if (!users->empty()) return People{.faces = {}, .users = std::move(*users), .faces_of_users = true};
    auto faces = now.retention().due_faces(collection.key, *until, kFacesAtOnce);
    if (!faces) return std::unexpected(faces.error());
    return People{.faces = std::move(*faces), .users = {}};
}

/// One batch; nothing removed: nobody is due any more.
Result<Removed> sweep_batch(Engine& engine, const Caller& caller, const store::Collection& collection) {
    const auto due = engine.store()->read(
        [&](const store::Transaction& now) { return due_people(now, collection, engine.clock().now()); });
    if (!due) return std::unexpected(due.error());
    if (due->empty()) return Removed{};
    Call call{.caller = caller, .notes = {}};
    return demanded<Removed>(
        engine, call, {.operation = "SweepRetention", .collection = collection.id},
        [&](Record& record) -> Result<Removed> {
            const auto gallery = gallery_for_removal(engine, collection);
            if (!gallery) return std::unexpected(gallery.error());
            const auto removed =
                change_store(engine, call, record, [&](store::Transaction& change) -> Result<Removed> {
                    // Somebody may have come back meanwhile, or the rule may be another.
                    const auto people = due_people(change, collection, record.start);
                    if (!people) return std::unexpected(people.error());
                    if (people->empty()) return Removed{};
                    return remove_people(engine, collection, *gallery, *people, record, change);
                });
            if (!removed) return removed;
            if (auto done = settle(engine, collection, *gallery); !done) return std::unexpected(done.error());
            return removed;
        });
}

Result<void> note_sweep(Engine& engine, const store::Collection& collection, const Removed& removed) {
    const TimePoint now = engine.clock().now();
    const auto last = engine.store()->read(
        [&](const store::Transaction& state) { return state.retention().last_sweep(collection.key); });
    if (!last) return std::unexpected(last.error());
    if (*last && removed.faces + removed.users == 0 && now < (*last)->at + kNoteEvery && now >= (*last)->at)
        return {};
    return engine.store()->write([&](store::Transaction& change) {
        return change.retention().note_sweep(collection.key,
                                             {.at = now, .faces = removed.faces, .users = removed.users});
    });
}

/// Whether the collection's tags set an end.
Result<bool> has_rule(Engine& engine, const store::Collection& collection) {
    return engine.store()->read([&](const store::Transaction& now) -> Result<bool> {
        const auto rule = rule_of(now, collection);
        if (!rule) return std::unexpected(rule.error());
        return rule->retention_days > 0 || rule->purpose_met.has_value();
    });
}

/// What went until the end or the error.
struct Sweeping {
    Removed removed;
    Result<void> result;
};

Sweeping sweep_collection(Engine& engine, const Caller& caller, const store::Collection& collection,
                          const std::function<bool()>& go_on) {
    Sweeping sweeping;
    while (go_on()) {
        const auto batch = sweep_batch(engine, caller, collection);
        if (!batch) {
            sweeping.result = std::unexpected(batch.error());
            break;
        }
        if (batch->faces + batch->users == 0) break;
        sweeping.removed += *batch;
    }
    if (sweeping.result) sweeping.result = note_sweep(engine, collection, sweeping.removed);
    return sweeping;
}

Result<std::vector<store::Collection>> collections_of(Engine& engine, const std::string* account) {
    const auto store = store_of(engine);
    if (!store) return std::unexpected(store.error());
    auto all = (*store)->read(owned_collections);
    // Nobody's: an import's faces begin to count when it is finished, and what was deleted is going anyway.
    if (all && account != nullptr)
        std::erase_if(*all, [&](const store::Collection& one) { return one.account != *account; });
    if (all) std::ranges::sort(*all, {}, &store::Collection::key);
    return all;
}

Result<RetentionOfCollection> status_of(const store::Transaction& now, const store::Collection& collection,
                                        TimePoint at) {
    const auto rule = rule_of(now, collection);
    if (!rule) return std::unexpected(rule.error());
    RetentionOfCollection status{.id = collection.id,
                                 .days = rule->retention_days,
                                 .purpose_met = rule->purpose_met,
                                 .faces = collection.faces,
                                 .users = collection.users,
                                 .due = {},
                                 .next_due = {},
                                 .last_sweep = {}};
    if (const auto until = due_until(*rule, at)) {
        const auto due = now.retention().count_due(collection.key, *until);
        if (!due) return std::unexpected(due.error());
        status.due = *due;
    }
    const auto oldest = now.retention().oldest(collection.key);
    if (!oldest) return std::unexpected(oldest.error());
    if (*oldest && rule->retention_days > 0)
        status.next_due = **oldest + std::chrono::days(rule->retention_days);
    if (*oldest && rule->purpose_met)
        status.next_due = std::min(status.next_due.value_or(*rule->purpose_met), *rule->purpose_met);
    const auto last = now.retention().last_sweep(collection.key);
    if (!last) return std::unexpected(last.error());
    status.last_sweep = *last;
    return status;
}

}  // namespace

std::optional<TimePoint> due_until(const policy::Collection& rule, TimePoint now) {
    if (rule.purpose_met && now >= *rule.purpose_met) return now;
    if (rule.retention_days > 0) return now - std::chrono::days(rule.retention_days);
    return std::nullopt;
}

Result<std::vector<RetentionOfCollection>> retention_status(Engine& engine, Call& call) {
    return governed<std::vector<RetentionOfCollection>>(
        engine, call, {.operation = "RetentionStatus"},
        [&](Record& record) -> Result<std::vector<RetentionOfCollection>> {
            const auto collections = collections_of(engine, &call.caller.account);
            if (!collections) return std::unexpected(collections.error());
            return engine.store()->read(
                [&](const store::Transaction& now) -> Result<std::vector<RetentionOfCollection>> {
                    std::vector<RetentionOfCollection> made;
                    for (const store::Collection& collection : *collections) {
                        auto status = status_of(now, collection, record.start);
                        if (!status) return std::unexpected(status.error());
                        made.push_back(std::move(*status));
                    }
                    return made;
                });
        });
}

Result<std::vector<SweptCollection>> sweep_retention(Engine& engine, Call& call) {
    return governed<std::vector<SweptCollection>>(
        engine, call, {.operation = "SweepRetention"},
        [&](Record& /*record*/) -> Result<std::vector<SweptCollection>> {
            const auto collections = collections_of(engine, &call.caller.account);
            if (!collections) return std::unexpected(collections.error());
            std::vector<SweptCollection> swept;
            for (const store::Collection& collection : *collections) {
                const auto ruled = has_rule(engine, collection);
                if (!ruled) return std::unexpected(ruled.error());
                if (!*ruled) continue;
                const auto done = sweep_collection(engine, call.caller, collection, [] { return true; });
                if (!done.result) return std::unexpected(done.result.error());
                swept.push_back({.id = collection.id, .removed = done.removed});
            }
            return swept;
        });
}

Result<Removed> sweep_everything(Engine& engine, const std::function<bool()>& go_on) {
    const auto collections = collections_of(engine, nullptr);
    if (!collections) return std::unexpected(collections.error());
    Removed removed;
    Result<void> result;
    for (const store::Collection& collection : *collections) {
        if (!go_on()) break;
        const auto ruled = has_rule(engine, collection);
        if (ruled && !*ruled) continue;
        Sweeping swept;
        if (ruled)
            swept = sweep_collection(engine, the_server(collection.account), collection, go_on);
        else
            swept.result = std::unexpected(ruled.error());
        removed += swept.removed;
        if (!swept.result && result) result = swept.result;
    }
    if (!result) return std::unexpected(result.error());
    return removed;
}

}  // namespace visavis::engine
