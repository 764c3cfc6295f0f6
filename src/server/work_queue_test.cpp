#include "server/work_queue.h"

#include <atomic>
#include <future>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "server/body_budget.h"

namespace visavis::server {
namespace {

// A task that says when it runs and then waits for the gate.
struct Gate {
    std::promise<void> open;
    std::shared_future<void> opened{open.get_future()};
    std::promise<void> running;

    WorkQueue::Task task() {
        return [this](Turn) {
            running.set_value();
            opened.wait();
        };
    }
};

TEST(WorkQueue, RefusesBeyondRunningAndWaiting) {
    Gate gate;
    std::atomic<int> done{0};
    WorkQueue queue(1, 2);
    WorkQueue::Task first = gate.task();
    ASSERT_TRUE(queue.try_push(first));
    gate.running.get_future().wait();
    const auto count = [&](Turn turn) { done += turn == Turn::kRun ? 1 : 100; };
    WorkQueue::Task a = count;
    WorkQueue::Task b = count;
    WorkQueue::Task c = count;
    EXPECT_TRUE(queue.try_push(a));
    EXPECT_FALSE(queue.full());
    EXPECT_TRUE(queue.try_push(b));
    EXPECT_TRUE(queue.full());
    EXPECT_FALSE(queue.try_push(c));
    EXPECT_TRUE(c != nullptr) << "a refused task stays the caller's";
    EXPECT_EQ(queue.waiting(), 2U);
    EXPECT_EQ(queue.running(), 1U);
    gate.open.set_value();
    queue.join();
    EXPECT_EQ(done, 2) << "join works off what waits";
    EXPECT_FALSE(queue.try_push(c)) << "joined";
}

TEST(WorkQueue, AbandonedTasksAreToldSo) {
    Gate gate;
    std::vector<Turn> turns;
    WorkQueue queue(1, 2);
    WorkQueue::Task first = gate.task();
    ASSERT_TRUE(queue.try_push(first));
    gate.running.get_future().wait();
    WorkQueue::Task second = [&](Turn turn) { turns.push_back(turn); };
    ASSERT_TRUE(queue.try_push(second));
    queue.abandon();
    EXPECT_EQ(turns, std::vector{Turn::kAbandoned}) << "while the worker hangs";
    WorkQueue::Task late = [&](Turn turn) { turns.push_back(turn); };
    ASSERT_TRUE(queue.try_push(late));
    gate.open.set_value();
    queue.join();
    EXPECT_EQ(turns, (std::vector{Turn::kAbandoned, Turn::kAbandoned}));
}

TEST(BodyBudget, ChargesWhatFitsAndGivesBack) {
    BodyBudget budget(100);
    {
        BodyBudget::Share a(budget);
        EXPECT_TRUE(a.grow(60));
        EXPECT_FALSE(a.grow(41));
        EXPECT_TRUE(budget.fits(40));
        EXPECT_FALSE(budget.fits(41));
        BodyBudget::Share b(std::move(a));
        EXPECT_TRUE(b.grow(40));
        EXPECT_EQ(budget.used(), 100U);
    }
    EXPECT_EQ(budget.used(), 0U);
    EXPECT_FALSE(budget.fits(static_cast<std::size_t>(-1)));
}

}  // namespace
}  // namespace visavis::server
