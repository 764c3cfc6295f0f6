// What every implementation of the store promises of how long faces may stay.
#include <gmock/gmock.h>

#include "store/contract_fixture.h"

namespace visavis::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// So many days after an arbitrary start.
TimePoint day(int number) {
    return TimePoint(std::chrono::days(20'000 + number));
}

TEST_P(StoreContract, APersonIsDueByTheLastInteractionOfAnyOfTheirFaces) {
    const CollectionKey key = create("111122223333", "kept")->key;
    const auto faces = got(add(key, origin("p"), {new_face(0), new_face(1), new_face(2)}));
    const std::vector<std::uint64_t> rows{faces[0].row, faces[1].row, faces[2].row};
    const auto due = [&](int until) {
        return store_
            ->read([&](const Transaction& t) -> Result<std::pair<std::size_t, std::size_t>> {
                const auto of_nobody = got(t.retention().due_faces(key, day(until), 9));
                const auto users = got(t.retention().due_users(key, day(until), 9));
                const auto count = got(t.retention().count_due(key, day(until)));
                EXPECT_EQ(count.users, users.size());
                std::size_t all = of_nobody.size();
                for (const User& user : users) all += user.faces;
                EXPECT_EQ(count.faces, all);
                return std::pair{of_nobody.size(), users.size()};
            })
            .value();
    };
    EXPECT_EQ(due(0), std::pair(0UL, 0UL)) << "a new face's clock starts when it is added";
    ASSERT_TRUE(store_->write([&](Transaction& t) -> Result<void> {
        got(t.users().create(key, "alice", day(1)));
        if (auto done = t.retention().renew(key, rows, day(1)); !done) return done;
        return t.faces().set_user(key, std::vector{rows[0], rows[1]}, "alice");
    }));
    EXPECT_EQ(due(0), std::pair(0UL, 0UL));
    EXPECT_EQ(due(1), std::pair(1UL, 1UL));
    const auto oldest = [&] {
        return store_->read([&](const Transaction& t) { return t.retention().oldest(key); }).value();
    };
    EXPECT_EQ(oldest(), day(1));
    // One face of the user is seen again: all of that person stays.
    ASSERT_TRUE(store_->write(
        [&](Transaction& t) { return t.retention().renew(key, std::vector{rows[1]}, day(5)); }));
    EXPECT_EQ(due(4), std::pair(1UL, 0UL));
    // What leaves the user takes the person's clock along.
    ASSERT_TRUE(
        store_->write([&](Transaction& t) { return t.faces().set_user(key, std::vector{rows[0]}, {}); }));
    EXPECT_EQ(due(4), std::pair(1UL, 0UL));
    EXPECT_EQ(due(5), std::pair(2UL, 1UL));
    ASSERT_TRUE(
        store_->write([&](Transaction& t) { return t.retention().renew_user(key, "alice", day(8)); }));
    ASSERT_TRUE(store_->write([&](Transaction& t) { return t.users().remove(key, "alice"); }));
    EXPECT_EQ(due(7), std::pair(2UL, 0UL));
    EXPECT_EQ(due(8), std::pair(3UL, 0UL));
    EXPECT_EQ(got(store_->read([&](const Transaction& t) { return t.retention().due_faces(key, day(8), 2); }))
                  .front()
                  .face_id,
              faces[2].face_id)
        << "the oldest first";
}

TEST_P(StoreContract, WhatACaseBroughtInIsFoundByItsName) {
    const CollectionKey key = create("111122223333", "kept")->key;
    const CollectionKey other = create("111122223333", "other")->key;
    const auto faces = got(add(key, origin("p"), {new_face(0), new_face(1)}));
    ASSERT_TRUE(store_->write([&](Transaction& t) -> Result<void> {
        got(t.users().create(other, "bob", day(0)));
        if (auto done = t.retention().set_case(key, std::vector{faces[1].row}, "2026-7"); !done) return done;
        return t.retention().set_case_of_user(other, "bob", "2026-7");
    }));
    reopen();
    ASSERT_TRUE(store_->read([&](const Transaction& t) -> Result<void> {
        EXPECT_THAT(got(t.retention().collections_of_case("2026-7")), ElementsAre(key, other));
        EXPECT_THAT(got(t.retention().collections_of_case("2026-8")), IsEmpty());
        EXPECT_EQ(got(t.retention().faces_of_case(key, "2026-7", 9)).front().face_id, faces[1].face_id);
        EXPECT_THAT(got(t.retention().faces_of_case(key, "2026-7", 9)), SizeIs(1));
        EXPECT_EQ(got(t.retention().users_of_case(other, "2026-7", 9)).front().user_id, "bob");
        return {};
    }));
}

TEST_P(StoreContract, TheLatestSweepIsRemembered) {
    const CollectionKey key = create("111122223333", "kept")->key;
    const auto last = [&] {
        return store_->read([&](const Transaction& t) { return t.retention().last_sweep(key); }).value();
    };
    EXPECT_FALSE(last());
    for (const int number : {1, 2})
        ASSERT_TRUE(store_->write([&](Transaction& t) {
            return t.retention().note_sweep(key, {.at = day(number), .faces = 3, .users = 1});
        }));
    EXPECT_EQ(last()->at, day(2));
    EXPECT_EQ(last()->faces, 3U);
    ASSERT_TRUE(store_->write([&](Transaction& t) { return t.collections().remove(key); }));
}

}  // namespace
}  // namespace visavis::store
