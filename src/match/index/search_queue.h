// Searches that must wait for a core wait together: the next one to run answers all of them in one pass over
// memory, which costs less than a pass each. No search waits to gather company.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <span>
#include <vector>

#include "base/error.h"
#include "match/index.h"

namespace visavis::match {

/// Thread-safe.
class SearchQueue {
  public:
    using Answers = Result<std::vector<std::vector<Hit>>>;
    using SearchAll = std::function<Answers(std::span<const Query>)>;

    /// Up to `lanes` passes run side by side.
    explicit SearchQueue(std::size_t lanes) : lanes_(lanes) {}

    /// The answer to `query`, by `search_all` of this call or of another thread's that took the query along.
    /// An error of a pass is the error of each of its queries.
    Result<std::vector<Hit>> run(const Query& query, const SearchAll& search_all);

  private:
    struct Waiting {
        const Query* query{};
        Result<std::vector<Hit>> answer;
        bool answered{};
        std::vector<Waiting*> group;  // what it has to answer, itself included, once it may run
    };

    void answer(std::span<Waiting* const> group, Answers answers);

    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t lanes_;
    std::size_t running_{};         // guarded by mutex_
    std::deque<Waiting*> waiting_;  // guarded by mutex_, as is all that it points to
};

}  // namespace visavis::match
