#include "match/index/search_queue.h"

#include <atomic>
#include <latch>
#include <semaphore>
#include <system_error>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace visavis::match {
namespace {

using testing::ElementsAre;

// Answers a query with the key that its `most` names.
SearchQueue::Answers echo(std::span<const Query> queries) {
    std::vector<std::vector<Hit>> answers;
    for (const Query& query : queries) answers.push_back({{.key = query.most, .score = 1, .cosine = 1}});
    return answers;
}

TEST(SearchQueue, WaitingSearchesShareThePassesThatFollow) {
    SearchQueue queue(1);
    std::vector<std::size_t> passes;  // written by one pass at a time
    std::latch first_runs(1);
    std::binary_semaphore first_may_end(0);
    const auto search_all = [&](std::span<const Query> queries) {
        passes.push_back(queries.size());
        if (passes.size() == 1) {
            first_runs.count_down();
            first_may_end.acquire();
        }
        return echo(queries);
    };
    std::atomic<int> wrong = 0;
    const auto ask = [&](std::size_t number) {
        const Query query{.most = number};
        const auto answer = queue.run(query, search_all);
        if (!answer || answer->size() != 1 || answer->front().key != number) ++wrong;
    };
    {
        std::vector<std::jthread> askers;
        askers.emplace_back(ask, 100);
        first_runs.wait();
        for (std::size_t i = 0; i < 11; ++i) askers.emplace_back(ask, i);
        std::this_thread::sleep_for(std::chrono::milliseconds(200));  // all eleven wait by now
        first_may_end.release();
    }
    EXPECT_EQ(wrong, 0);
    EXPECT_THAT(passes, ElementsAre(1, 8, 3));
}

TEST(SearchQueue, APassThatThrowsLeavesItsLane) {
    SearchQueue queue(1);
    const auto failed = queue.run({.most = 1}, [](std::span<const Query>) -> SearchQueue::Answers {
        throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again));
    });
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::kUnavailable);
    EXPECT_TRUE(queue.run({.most = 1}, echo));  // would wait for ever
}

TEST(SearchQueue, RunsSideBySideAsFarAsThereAreLanes) {
    SearchQueue queue(2);
    std::latch both(2);
    const auto search_all = [&](std::span<const Query> queries) {
        both.arrive_and_wait();  // would never end on one lane
        return echo(queries);
    };
    const std::jthread other([&] { (void)queue.run({.most = 1}, search_all); });
    EXPECT_TRUE(queue.run({.most = 2}, search_all));
}

TEST(SearchQueue, PassesAnErrorToEachAndGoesOn) {
    SearchQueue queue(1);
    const auto broken = [](std::span<const Query>) -> SearchQueue::Answers {
        return fail(ErrorCode::kInternal, "broken");
    };
    EXPECT_FALSE(queue.run({.most = 1}, broken));
    EXPECT_TRUE(queue.run({.most = 1}, echo)) << "the lane is free again";
}

}  // namespace
}  // namespace visavis::match
