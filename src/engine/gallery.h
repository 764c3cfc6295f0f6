// A collection in memory: the exact indexes of its faces and of its users' fused templates, kept in step with
// the database.
//
// The database is the truth. A change is committed there first; its on_commit() hands it to the gallery in
// the order of the commits, and the gallery applies it before the operation answers and before any later
// search. What a crash leaves behind is found at the next opening by comparing keys.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/error.h"
#include "match/index.h"
#include "store/store.h"

namespace visavis::engine {

/// What one transaction did to the templates of one kind.
struct TemplateChange {
    std::vector<store::StoredTemplate> added;
    std::vector<std::uint64_t> removed;

    [[nodiscard]] bool empty() const noexcept { return added.empty() && removed.empty(); }
};

struct GalleryChange {
    TemplateChange faces;
    TemplateChange users;
    std::uint64_t face_generation{};  ///< of the collection after the change
    std::uint64_t user_generation{};
};

/// Where index files live and what their templates are of.
struct GalleryPlace {
    std::string directory;  ///< empty: in memory only
    std::string model;      ///< names the model; a file of another one is made anew
    std::size_t threads{1};
};

/// The collection as it is now. kNotFound, in Amazon's words, if it is gone, or another has its name.
[[nodiscard]] Result<store::Collection> still_there(const store::Transaction& now,
                                                    const store::Collection& known);

/// Thread-safe. Searches use faces() and users() directly, after catch_up().
class Gallery {
  public:
    /// Loads the collection from its index files and the database. Nobody may change its templates meanwhile.
    /// kNotFound if the collection is gone; else the errors of both.
    static Result<std::shared_ptr<Gallery>> open(const store::Store& store, const store::Collection& asked,
                                                 const GalleryPlace& place);

    Gallery(const Gallery&) = delete;
    Gallery& operator=(const Gallery&) = delete;
    ~Gallery() = default;

    [[nodiscard]] const match::Index& faces() const noexcept { return *faces_; }
    [[nodiscard]] const match::Index& users() const noexcept { return *users_; }

    /// Hands a change to on_commit() of the transaction that made it. To be called at its end: the
    /// collection's generations are read there. kNotFound if the collection is gone.
    static Result<void> follow(const std::shared_ptr<Gallery>& gallery, const store::Collection& collection,
                               GalleryChange change, store::Transaction& transaction);

    /// Applies what was committed, in the order of the commits. Quick when there is nothing. What cannot be
    /// applied (kUnavailable: no memory) is tried again by the next call, which gives the error to everybody
    /// until it succeeds: without it searches would lack a face.
    Result<void> catch_up();

    /// If a removed row may still stand in an index file that could not be written, writes the file anew.
    /// kUnavailable if that fails, too; the row is gone from memory all the same.
    Result<void> cleared();

    /// Writes the index files if anything changed since; they then open quickly next time. kUnavailable.
    Result<void> save();

    /// The collection is gone: removes its files and writes none any more.
    void abandon();

    /// Whether indexes and database name the same templates; a sentence for each difference.
    [[nodiscard]] Result<std::vector<std::string>> compare(const store::Store& store,
                                                           const store::Collection& collection);

  private:
    Gallery() = default;

    void note(GalleryChange change);
    Result<void> catch_up_locked();  // with applying_
    Result<void> save_locked();      // with applying_
    Result<void> apply(const GalleryChange& change);

    std::string base_;  // path of the files without their ending; empty: none
    std::unique_ptr<match::Index> faces_;
    std::unique_ptr<match::Index> users_;

    std::mutex noting_;
    std::deque<GalleryChange> noted_;  // by noting_
    std::atomic<bool> waiting_{false};

    std::mutex applying_;
    std::deque<GalleryChange> taken_;  // from noted_, not yet applied; by applying_
    std::uint64_t face_generation_{};  // by applying_, like all below
    std::uint64_t user_generation_{};
    bool faces_changed_{false};
    bool users_changed_{false};
    bool abandoned_{false};
    bool uncleared_{false};
};

/// The galleries of a server. Thread-safe.
class Galleries {
  public:
    /// `store` must outlive it. Removes index files of collections that are gone.
    static Result<std::unique_ptr<Galleries>> open(const store::Store& store, GalleryPlace place);

    Galleries(const Galleries&) = delete;
    Galleries& operator=(const Galleries&) = delete;
    ~Galleries();  ///< saves all

    /// The collection's gallery, loaded if it was not yet; other collections do not wait for that. Whoever
    /// changes templates must hold it: nothing changes while it loads. Errors of Gallery::open().
    [[nodiscard]] Result<std::shared_ptr<Gallery>> of(const store::Collection& collection);

    /// The collection was removed from the database, or its templates are of another model and have changed:
    /// its gallery and index files go.
    void forget(const store::Collection& collection);

    /// Saves what changed; also done every few seconds.
    void save_all();

    /// Loads the collections of this model whose index files a crash left behind, which brings the files up
    /// to date: nothing that was deleted stays in them. Stops before its next step once `go_on` says false;
    /// the first error, after all have been tried.
    Result<void> renew_files(std::string_view model_version, const std::function<bool()>& go_on);

    /// Loads every collection of this model and compares it with the database, for `visavis doctor`.
    [[nodiscard]] Result<std::vector<std::string>> compare_all(std::string_view model_version);

  private:
    struct Slot {
        std::mutex loading;
        std::shared_ptr<Gallery> gallery;  // by loading
    };

    Galleries(const store::Store& store, GalleryPlace place);
    [[nodiscard]] bool files_are_current(const store::Collection& collection) const;
    void remove_orphans(const std::vector<store::Collection>& collections) const;
    void keep_saving();

    const store::Store& store_;
    const GalleryPlace place_;

    std::mutex mutex_;
    std::map<store::CollectionKey, std::shared_ptr<Slot>> slots_;  // by mutex_
    std::condition_variable stop_;
    bool stopping_{false};  // by mutex_
    std::thread saver_;     // last: starts when all else stands
};

}  // namespace visavis::engine
