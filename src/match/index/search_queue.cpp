#include "match/index/search_queue.h"

#include <exception>
#include <utility>

#include "match/kernels/kernels.h"

namespace visavis::match {

Result<std::vector<Hit>> SearchQueue::run(const Query& query, const SearchAll& search_all) {
    Waiting self;
    self.query = &query;
    {
        std::unique_lock lock(mutex_);
        if (running_ < lanes_) {
            ++running_;
            self.group = {&self};
        } else {
            waiting_.push_back(&self);
            changed_.wait(lock, [&self] { return self.answered || !self.group.empty(); });
            if (self.answered) return std::move(self.answer);
        }
    }
    std::vector<Query> queries;
    for (const Waiting* one : self.group) queries.push_back(*one->query);
    Answers answers;
    try {
        answers = search_all(queries);
    } catch (const std::exception&) {  // those who wait must not wait for ever
        answers = fail(ErrorCode::kUnavailable, "there is no memory or no thread for a search");
    }

    const std::lock_guard lock(mutex_);
    answer(self.group, std::move(answers));
    if (waiting_.empty()) {
        --running_;
    } else {
        // The lane goes to the one that has waited longest, with as many as fit into one pass.
        Waiting* next = waiting_.front();
        while (!waiting_.empty() && next->group.size() < kernels::kMostQueries) {
            next->group.push_back(waiting_.front());
            waiting_.pop_front();
        }
    }
    changed_.notify_all();
    return std::move(self.answer);
}

void SearchQueue::answer(std::span<Waiting* const> group, Answers answers) {
    for (std::size_t i = 0; i < group.size(); ++i) {
        if (answers)
            group[i]->answer = std::move((*answers)[i]);
        else
            group[i]->answer = std::unexpected(answers.error());
        group[i]->answered = true;
    }
}

}  // namespace visavis::match
