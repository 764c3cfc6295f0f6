#include "engine/galleries.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "base/file.h"
#include "engine/unowned_collections.h"

namespace visavis::engine {

Galleries::Galleries(const store::Store& store, GalleryPlace place)
    : store_(store), place_(std::move(place)), saver_([this] { keep_saving(); }) {}

Result<std::unique_ptr<Galleries>> Galleries::open(const store::Store& store, GalleryPlace place) {
    if (!place.directory.empty())
        if (const auto made = make_private_directory(place.directory); !made)
            return std::unexpected(made.error());
    const auto collections = store.read(owned_collections);
    if (!collections) return std::unexpected(collections.error());
    std::unique_ptr<Galleries> galleries(new Galleries(store, std::move(place)));
    galleries->remove_orphans(*collections);
    return galleries;
}

Galleries::~Galleries() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    stop_.notify_all();
    saver_.join();
    save_all();
}

Result<std::shared_ptr<Gallery>> Galleries::of(const store::Collection& collection) {
    std::shared_ptr<Slot> slot;
    {
        const std::lock_guard lock(mutex_);
        auto& kept = slots_[collection.key];
        if (!kept) kept = std::make_shared<Slot>();
        slot = kept;
    }
    const std::lock_guard lock(slot->loading);
    if (!slot->gallery) {
        auto opened = Gallery::open(store_, collection, place_);
        if (!opened) return std::unexpected(opened.error());
        slot->gallery = std::move(*opened);
    }
    return slot->gallery;
}

void Galleries::forget(const store::Collection& collection) {
    std::shared_ptr<Slot> slot;
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = slots_.find(collection.key); found != slots_.end()) {
            slot = found->second;
            slots_.erase(found);
        }
    }
    if (slot) {
        const std::lock_guard lock(slot->loading);
        if (slot->gallery) slot->gallery->abandon();
    }
    Gallery::remove_files(collection, place_);
}

void Galleries::save_all() {
    std::vector<std::shared_ptr<Slot>> slots;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [key, slot] : slots_) slots.push_back(slot);
    }
    for (const auto& slot : slots) {
        std::shared_ptr<Gallery> gallery;
        {
            const std::lock_guard lock(slot->loading);
            gallery = slot->gallery;
        }
        // A file that could not be written stays stale; the next opening mends it from the database.
        if (gallery) (void)gallery->save();
    }
}

Result<void> Galleries::renew_files(std::string_view model_version, const std::function<bool()>& go_on) {
    const auto collections = store_.read(owned_collections);
    if (!collections) return std::unexpected(collections.error());
    Result<void> result;
    for (const store::Collection& collection : *collections) {
        if (collection.model_version != model_version ||
            Gallery::files_are_current(store_, collection, place_))
            continue;
        if (!go_on()) return result;
        const auto gallery = of(collection);
        if (!gallery && gallery.error().code != ErrorCode::kNotFound && result)
            result = std::unexpected(gallery.error());
    }
    return result;
}

Result<std::vector<std::string>> Galleries::compare_all(std::string_view model_version) {
    const auto collections = store_.read(owned_collections);
    if (!collections) return std::unexpected(collections.error());
    std::vector<std::string> problems;
    for (const store::Collection& collection : *collections) {
        if (collection.model_version != model_version) continue;
        const auto gallery = of(collection);
        if (!gallery) {
            problems.push_back(fmt::format("collection `{}`: {}", collection.id, gallery.error().message));
            continue;
        }
        auto said = (*gallery)->compare(store_, collection);
        if (!said) return said;
        std::ranges::move(*said, std::back_inserter(problems));
    }
    return problems;
}

void Galleries::remove_orphans(const std::vector<store::Collection>& collections) const {
    if (place_.directory.empty()) return;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(place_.directory, ignored)) {
        const std::string uid = entry.path().stem().string();
        if (std::ranges::find(collections, uid, &store::Collection::uid) == collections.end())
            std::filesystem::remove(entry.path(), ignored);
    }
}

void Galleries::keep_saving() {
    constexpr std::chrono::seconds kEvery{15};
    std::unique_lock lock(mutex_);
    while (!stop_.wait_for(lock, kEvery, [&] { return stopping_; })) {
        lock.unlock();
        save_all();
        lock.lock();
    }
}

}  // namespace visavis::engine
