#include "engine/gallery.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <iterator>
#include <new>
#include <utility>

#include <fmt/format.h>

#include "base/file.h"

namespace visavis::engine {
namespace {

constexpr std::size_t kPage = 4096;  // templates read at once
constexpr std::string_view kFaceEnding = ".faces";
constexpr std::string_view kUserEnding = ".users";

match::Row row_of(const store::StoredTemplate& one) {
    return {
        .key = one.row, .vector = one.vector, .normalisation = {.weight = one.weight, .offset = one.offset}};
}

Result<void> append(match::Index& index, const std::vector<store::StoredTemplate>& templates) {
    std::vector<match::Row> rows;
    rows.reserve(templates.size());
    // A row may be there already: the change was committed before the gallery was loaded.
    for (const auto& one : templates)
        if (!index.contains(one.row)) rows.push_back(row_of(one));
    return index.append(rows);
}

/// What the database says of one kind of templates.
struct Source {
    std::function<Result<std::vector<std::uint64_t>>()> rows;
    std::function<Result<std::vector<store::StoredTemplate>>(std::uint64_t after)> page;
};

Source faces_of(const store::Store& store, store::CollectionKey key) {
    return {
        .rows = [&store, key] { return store.read([&](const auto& now) { return now.faces().rows(key); }); },
        .page =
            [&store, key](std::uint64_t after) {
                return store.read([&](const auto& now) { return now.faces().templates(key, after, kPage); });
            }};
}

Source users_of(const store::Store& store, store::CollectionKey key) {
    return {
        .rows = [&store,
                 key] { return store.read([&](const auto& now) { return now.users().template_rows(key); }); },
        .page =
            [&store, key](std::uint64_t after) {
                return store.read([&](const auto& now) { return now.users().templates(key, after, kPage); });
            }};
}

/// Brings an index up to date that is empty, stale or was damaged.
Result<void> reconcile(match::Index& index, const Source& source) {
    const auto wanted = source.rows();
    if (!wanted) return std::unexpected(wanted.error());
    const std::vector<std::uint64_t> held = index.keys();
    std::vector<std::uint64_t> extra;
    std::ranges::set_difference(held, *wanted, std::back_inserter(extra));
    if (!extra.empty())
        if (const auto erased = index.erase(extra); !erased) return std::unexpected(erased.error());
    std::vector<std::uint64_t> missing;
    std::ranges::set_difference(*wanted, held, std::back_inserter(missing));
    // Pages from the first missing row on: what was added last is usually what is missing.
    for (std::uint64_t after = missing.empty() ? 0 : missing.front() - 1; !missing.empty();) {
        const auto page = source.page(after);
        if (!page) return std::unexpected(page.error());
        if (page->empty() || page->front().row > missing.back()) break;
        if (const auto added = append(index, *page); !added) return added;
        after = page->back().row;
    }
    return {};
}

Result<std::unique_ptr<match::Index>> load(const store::Collection& collection, const GalleryPlace& place,
                                           const std::string& path, const Bytes& key,
                                           std::uint64_t generation, const Source& source,
                                           std::optional<std::uint64_t> rows = {}) {
    auto opened = match::Index::open({.path = path,
                                      .key = path.empty() ? Bytes{} : key,
                                      .model = place.model,
                                      .dimension = collection.dimension,
                                      .threads = place.threads},
                                     generation);
    if (!opened) return std::unexpected(opened.error());
    if (opened->state != match::SnapshotState::kValid || (rows && opened->index->size() != *rows)) {
        if (const auto done = reconcile(*opened->index, source); !done) return std::unexpected(done.error());
        // A file that cannot be written now is made at a later time; the index in memory is complete.
        (void)opened->index->sync(generation);
    }
    return std::move(opened->index);
}

std::string base_of(const GalleryPlace& place, const store::Collection& collection) {
    return place.directory.empty() ? std::string{} : place.directory + "/" + collection.uid;
}

std::string path_of(const std::string& base, std::string_view ending) {
    return base.empty() ? std::string{} : base + std::string(ending);
}

void remove_files(const std::string& base) {
    if (base.empty()) return;
    std::error_code ignored;
    for (const std::string_view ending : {kFaceEnding, kUserEnding})
        std::filesystem::remove(path_of(base, ending), ignored);
    (void)sync_directory(std::filesystem::path(base).parent_path().string());
}

std::string difference(const store::Collection& collection, std::string_view kind,
                       const std::vector<std::uint64_t>& held, const std::vector<std::uint64_t>& wanted) {
    std::vector<std::uint64_t> extra;
    std::vector<std::uint64_t> missing;
    std::ranges::set_difference(held, wanted, std::back_inserter(extra));
    std::ranges::set_difference(wanted, held, std::back_inserter(missing));
    if (extra.empty() && missing.empty()) return {};
    return fmt::format("collection `{}`: the index lacks {} of {} {} of the database and has {} more",
                       collection.id, missing.size(), wanted.size(), kind, extra.size());
}

}  // namespace

Result<store::Collection> still_there(const store::Transaction& now, const store::Collection& known) {
    auto found = now.collections().find(known.account, known.id);
    if (!found) return std::unexpected(found.error());
    if (!*found || (*found)->key != known.key)
        return fail(ErrorCode::kNotFound, fmt::format("The collection id: {} does not exist", known.id));
    return std::move(**found);
}

Result<std::shared_ptr<Gallery>> Gallery::open(const store::Store& store, const store::Collection& asked,
                                               const GalleryPlace& place) {
    Bytes key;
    store::Collection collection;
    const auto known = store.read([&](const store::Transaction& now) -> Result<void> {
        auto found = still_there(now, asked);
        if (!found) return std::unexpected(found.error());
        collection = std::move(*found);
        auto secret = now.collections().file_key(collection.key);
        if (!secret) return std::unexpected(secret.error());
        key = std::move(*secret);
        return {};
    });
    if (!known) return std::unexpected(known.error());

    std::shared_ptr<Gallery> gallery(new Gallery);
    gallery->base_ = base_of(place, collection);
    gallery->face_generation_ = collection.face_generation;
    gallery->user_generation_ = collection.user_generation;
    auto faces = load(collection, place, path_of(gallery->base_, kFaceEnding), key,
                      collection.face_generation, faces_of(store, collection.key), collection.faces);
    if (!faces) return std::unexpected(faces.error());
    gallery->faces_ = std::move(*faces);
    auto users = load(collection, place, path_of(gallery->base_, kUserEnding), key,
                      collection.user_generation, users_of(store, collection.key));
    if (!users) return std::unexpected(users.error());
    gallery->users_ = std::move(*users);
    return gallery;
}

Result<void> Gallery::follow(const std::shared_ptr<Gallery>& gallery, const store::Collection& collection,
                             GalleryChange change, store::Transaction& transaction) {
    const auto now = still_there(transaction, collection);
    if (!now) return std::unexpected(now.error());
    change.face_generation = now->face_generation;
    change.user_generation = now->user_generation;
    transaction.on_commit([gallery, change = std::move(change)] { gallery->note(change); });
    return {};
}

void Gallery::note(GalleryChange change) {
    const std::lock_guard lock(noting_);
    noted_.push_back(std::move(change));
    waiting_.store(true, std::memory_order_release);
}

Result<void> Gallery::catch_up() {
    if (!waiting_.load(std::memory_order_acquire)) return {};
    const std::lock_guard lock(applying_);
    return catch_up_locked();
}

Result<void> Gallery::catch_up_locked() {
    {
        const std::lock_guard lock(noting_);
        for (; !noted_.empty(); noted_.pop_front()) taken_.push_back(std::move(noted_.front()));
    }
    for (; !taken_.empty(); taken_.pop_front())
        if (auto applied = apply(taken_.front()); !applied) return applied;
    const std::lock_guard lock(noting_);
    if (noted_.empty()) waiting_.store(false, std::memory_order_release);
    return {};
}

Result<void> Gallery::apply(const GalleryChange& change) {
    Result<void> added;
    try {
        for (auto [index, part] :
             {std::pair{faces_.get(), &change.faces}, std::pair{users_.get(), &change.users}}) {
            // In this order, so that a search in between finds a user whose template is replaced, if twice.
            auto done = part->added.empty() ? Result<void>{} : append(*index, part->added);
            if (!part->removed.empty())
                if (const auto erased = index->erase(part->removed); !erased) uncleared_ = true;
            if (!done && done.error().code == ErrorCode::kQuotaExceeded) done = append(*index, part->added);
            if (!done && added) added = done;
        }
    } catch (const std::bad_alloc&) {
        added = fail(ErrorCode::kUnavailable, "there is no memory for more rows");
    }
    if (!added)
        return fail(
            ErrorCode::kUnavailable,
            fmt::format("the index lacks a change that the database holds: {}", added.error().message));
    faces_changed_ = faces_changed_ || !change.faces.empty() || face_generation_ != change.face_generation;
    users_changed_ = users_changed_ || !change.users.empty() || user_generation_ != change.user_generation;
    face_generation_ = change.face_generation;
    user_generation_ = change.user_generation;
    return {};
}

Result<void> Gallery::cleared() {
    const std::lock_guard lock(applying_);
    return uncleared_ ? save_locked() : Result<void>{};
}

Result<void> Gallery::save() {
    const std::lock_guard lock(applying_);
    return save_locked();
}

Result<void> Gallery::save_locked() {
    if (abandoned_) return {};
    if (const auto done = catch_up_locked(); !done) return done;
    if (faces_changed_) {
        if (const auto done = faces_->sync(face_generation_); !done) return done;
        faces_changed_ = false;
    }
    if (users_changed_) {
        if (const auto done = users_->sync(user_generation_); !done) return done;
        users_changed_ = false;
    }
    uncleared_ = false;
    return {};
}

void Gallery::abandon() {
    const std::lock_guard lock(applying_);
    abandoned_ = true;
    engine::remove_files(base_);
}

void Gallery::remove_files(const store::Collection& collection, const GalleryPlace& place) {
    engine::remove_files(base_of(place, collection));
}

bool Gallery::files_are_current(const store::Store& store, const store::Collection& collection,
                                const GalleryPlace& place) {
    const auto key =
        store.read([&](const store::Transaction& now) { return now.collections().file_key(collection.key); });
    if (!key) return false;  // loading it says why
    const auto current = [&](std::string_view ending, std::uint64_t generation) {
        const std::string path = path_of(base_of(place, collection), ending);
        std::error_code unknown;
        if (!std::filesystem::exists(path, unknown)) return !unknown;  // whoever searches first makes it
        return match::Index::is_current(
            {.path = path, .key = *key, .model = place.model, .dimension = collection.dimension}, generation);
    };
    return current(kFaceEnding, collection.face_generation) &&
           current(kUserEnding, collection.user_generation);
}

Result<std::vector<std::string>> Gallery::compare(const store::Store& store,
                                                  const store::Collection& collection) {
    if (const auto done = catch_up(); !done) return std::unexpected(done.error());
    std::vector<std::string> problems;
    for (const auto& [kind, index, source] :
         {std::tuple{"faces", faces_.get(), faces_of(store, collection.key)},
          std::tuple{"users", users_.get(), users_of(store, collection.key)}}) {
        const auto wanted = source.rows();
        if (!wanted) return std::unexpected(wanted.error());
        if (auto said = difference(collection, kind, index->keys(), *wanted); !said.empty())
            problems.push_back(std::move(said));
    }
    return problems;
}

}  // namespace visavis::engine
