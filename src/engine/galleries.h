// The galleries of all collections: loaded when they are first needed, saved every few seconds.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/error.h"
#include "engine/gallery.h"
#include "store/store.h"

namespace visavis::engine {

/// Thread-safe.
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
