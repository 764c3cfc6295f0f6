// What every implementation of the store promises of tokens, outbox, transactions and itself.
#include <atomic>
#include <mutex>
#include <thread>

#include <gmock/gmock.h>

#include "store/contract_fixture.h"

namespace visavis::store {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

TEST_P(StoreContract, TokensAreRememberedUntilTheyExpire) {
    const TokenName name{.account = "111122223333", .operation = "CreateUser", .token = "t"};
    const UsedToken used{.parameters = sha256(as_bytes("x")), .answer = {}};
    const TimePoint end(std::chrono::milliseconds(1000));
    ASSERT_TRUE(store_->write([&](Transaction& t) { return t.tokens().remember(name, used, end); }));
    const auto find = [&](const TokenName& which) {
        return store_->read([&](const Transaction& t) { return t.tokens().find(which); }).value();
    };
    ASSERT_TRUE(find(name));
    EXPECT_EQ(find(name)->parameters, used.parameters);
    EXPECT_FALSE(find({.account = "999900001111", .operation = "CreateUser", .token = "t"}));
    EXPECT_FALSE(find({.account = "111122223333", .operation = "DeleteUser", .token = "t"}));
    ASSERT_TRUE(store_->write([&](Transaction& t) { return t.tokens().forget(end); }));
    EXPECT_TRUE(find(name));
    ASSERT_TRUE(
        store_->write([&](Transaction& t) { return t.tokens().forget(end + std::chrono::milliseconds(1)); }));
    EXPECT_FALSE(find(name));
}

TEST_P(StoreContract, TheOutboxKeepsOrderUntilDelivered) {
    for (const char* text : {"one", "two", "three"})
        ASSERT_TRUE(
            store_->write([&](Transaction& t) { return t.outbox().enqueue("receipt", as_bytes(text)); }));
    reopen();
    auto waiting = store_->read([](const Transaction& t) { return t.outbox().peek(2); }).value();
    ASSERT_THAT(waiting, SizeIs(2));
    EXPECT_EQ(as_text(waiting[0].payload), "one");
    EXPECT_EQ(waiting[1].kind, "receipt");
    ASSERT_TRUE(store_->write([&](Transaction& t) {
        return t.outbox().remove(std::vector<std::uint64_t>{waiting[0].id, waiting[1].id, 999});
    }));
    waiting = store_->read([](const Transaction& t) { return t.outbox().peek(9); }).value();
    ASSERT_THAT(waiting, SizeIs(1));
    EXPECT_EQ(as_text(waiting[0].payload), "three");
}

TEST_P(StoreContract, WritesThatWaitTogetherBecomeDurableTogether) {
    std::mutex mutex;
    std::vector<std::string> events;
    const auto happens = [&](const char* what) {
        const std::lock_guard lock(mutex);
        events.emplace_back(what);
    };
    std::atomic<bool> begun = false;
    std::atomic<bool> go_on = false;
    std::thread first([&] {
        ASSERT_TRUE(store_->write([&](Transaction& t) {
            begun = true;
            while (!go_on) std::this_thread::yield();
            return t.outbox().enqueue("x", {});
        }));
    });
    while (!begun) std::this_thread::yield();
    std::vector<std::thread> waiting;
    for (int i = 0; i < 8; ++i)
        waiting.emplace_back([&] {
            ASSERT_TRUE(store_->write([&](Transaction& t) {
                happens("changed");
                t.on_commit([&] { happens("durable"); });
                return t.outbox().enqueue("x", {});
            }));
        });
    std::this_thread::sleep_for(std::chrono::milliseconds(200));  // all of them stand in line
    go_on = true;
    first.join();
    for (std::thread& one : waiting) one.join();
    const std::vector<std::string> durable(8, "durable");
    std::vector<std::string> together(8, "changed");
    together.insert(together.end(), durable.begin(), durable.end());
    EXPECT_EQ(events, together) << "one commit, one sync for all";
}

TEST_P(StoreContract, AFailedBodyOrAnExceptionChangesNothing) {
    bool told = false;
    const auto refused = store_->write([&](Transaction& t) -> Result<void> {
        EXPECT_TRUE(t.outbox().enqueue("x", {}));
        t.on_commit([&] { told = true; });
        return fail(ErrorCode::kConflict, "no");
    });
    EXPECT_EQ(refused.error().message, "no");
    EXPECT_THROW((void)store_->write([&](Transaction& t) -> Result<void> {
        EXPECT_TRUE(t.outbox().enqueue("x", {}));
        throw std::runtime_error("bug");
    }),
                 std::runtime_error);
    EXPECT_FALSE(told);
    EXPECT_THAT(store_->read([](const Transaction& t) { return t.outbox().peek(9); }).value(), IsEmpty());
}

TEST_P(StoreContract, AReaderSeesOneState) {
    const auto seen = store_->read([&](const Transaction& t) -> Result<std::size_t> {
        const auto before = t.outbox().peek(9).value().size();
        std::thread([&] {
            EXPECT_TRUE(store_->write([](Transaction& w) { return w.outbox().enqueue("x", {}); }));
        }).join();
        return t.outbox().peek(9).value().size() - before;
    });
    EXPECT_EQ(seen.value(), 0U);
    EXPECT_THAT(store_->read([](const Transaction& t) { return t.outbox().peek(9); }).value(), SizeIs(1));
}

TEST_P(StoreContract, ParallelWritersAllCommitAndAreToldInOrder) {
    std::vector<std::uint64_t> order;  // only ever touched by on_commit, one after another
    std::vector<std::thread> writers;
    for (int w = 0; w < 8; ++w)
        writers.emplace_back([&] {
            for (int i = 0; i < 25; ++i)
                ASSERT_TRUE(store_->write([&](Transaction& t) {
                    auto id = t.outbox().enqueue("x", {});
                    t.on_commit([&order, id = id.value()] { order.push_back(id); });
                    return id;
                }));
        });
    for (auto& writer : writers) writer.join();
    EXPECT_THAT(order, SizeIs(200));
    EXPECT_TRUE(std::ranges::is_sorted(order));
}

TEST_P(StoreContract, TheCheckFindsAllWellAndTheCopyOpens) {
    const auto key = create("111122223333", "c")->key;
    ASSERT_TRUE(add(key, origin("p"), {new_face(0), new_face(1)}));
    ASSERT_TRUE(store_->write([&](Transaction& t) { return t.users().create(key, "u", {}); }));
    const auto checked = store_->check();
    ASSERT_TRUE(checked) << checked.error().message;
    EXPECT_THAT(checked->problems, IsEmpty());
    EXPECT_EQ(checked->faces, 2U);
    EXPECT_EQ(checked->users, 1U);
    std::filesystem::create_directories(directory_ + "/copy");
    ASSERT_TRUE(store_->copy_to(directory_ + "/copy/visavis.db"));
    EXPECT_EQ(store_->copy_to(directory_ + "/copy/visavis.db").error().code, ErrorCode::kAlreadyExists);
    const auto copy = GetParam().open(directory_ + "/copy", key_);
    ASSERT_TRUE(copy) << copy.error().message;
    EXPECT_THAT((*copy)->read([&](const Transaction& t) { return t.faces().templates(key, 0, 9); }).value(),
                SizeIs(2));
}

TEST_P(StoreContract, AnotherServerKeyIsRefused) {
    ASSERT_TRUE(create("111122223333", "c"));
    store_.reset();
    const auto wrong = GetParam().open(directory_, keys::SealKey::generate());
    ASSERT_FALSE(wrong);
    EXPECT_THAT(wrong.error().message, testing::HasSubstr("server.key"));
}

}  // namespace
}  // namespace visavis::store
