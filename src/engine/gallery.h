// A collection in memory: the exact indexes of its faces and of its users' fused templates, kept in step with
// the database.
//
// The database is the truth. A change is committed there first; its on_commit() hands it to the gallery in
// the order of the commits, and the gallery applies it before the operation answers and before any later
// search. What a crash leaves behind is found at the next opening by comparing keys.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
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

    /// Of a collection that nobody has open: its index files go.
    static void remove_files(const store::Collection& collection, const GalleryPlace& place);

    /// Whether open() would find the index files as the database is, as far as their headers tell; also if
    /// there are none.
    [[nodiscard]] static bool files_are_current(const store::Store& store,
                                                const store::Collection& collection,
                                                const GalleryPlace& place);

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

}  // namespace visavis::engine
