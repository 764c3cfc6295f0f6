#include "face/turns.h"

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace visavis::face {
namespace {

using namespace std::chrono_literals;

TEST(Turns, AreServedInTheOrderOfComing) {
    Turns turns(1);
    auto first = turns.take();
    std::vector<int> served;  // written by whoever has the turn
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] {
            const auto turn = turns.take();
            served.push_back(i);
        });
        std::this_thread::sleep_for(50ms);  // so that they come in this order
    }
    EXPECT_TRUE(served.empty());
    first.end();
    threads.clear();
    EXPECT_EQ(served, (std::vector{0, 1, 2, 3}));
}

TEST(Turns, AreNeverMoreThanAllowed) {
    Turns turns(3);
    std::atomic<int> now{0};
    std::atomic<int> most{0};
    {
        std::vector<std::jthread> threads;
        threads.reserve(8);
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([&] {
                for (int round = 0; round < 200; ++round) {
                    const auto turn = turns.take();
                    const int here = ++now;
                    for (int before = most; before < here && !most.compare_exchange_weak(before, here);) {
                    }
                    std::this_thread::yield();
                    --now;
                }
            });
    }
    EXPECT_LE(most, 3);
    EXPECT_EQ(now, 0);
}

TEST(Turns, EndOnceHoweverOftenItIsSaidOrMoved) {
    Turns turns(1);
    auto turn = turns.take();
    auto moved = std::move(turn);
    moved.end();
    moved.end();
    auto again = turns.take();  // would hang if the turn had not ended
    std::atomic<bool> served{false};
    const std::jthread next([&] {
        auto own = turns.take();
        served = true;
    });
    std::this_thread::sleep_for(50ms);
    EXPECT_FALSE(served);  // ended twice would let two in
    moved = Turns::Turn();
    std::this_thread::sleep_for(20ms);
    EXPECT_FALSE(served);
    again.end();
}

}  // namespace
}  // namespace visavis::face
