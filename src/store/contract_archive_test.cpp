// What every implementation of the store promises of faces that move to another collection.
#include <gmock/gmock.h>

#include "store/contract_fixture.h"

namespace visavis::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST_P(StoreContract, ArchivedFacesAreTheSameFacesInAnotherCollection) {
    const auto from = create("111122223333", "from")->key;
    const auto added = add(from, origin("p", "alice:1.jpg"), {new_face(0), new_face(7, 2)}).value();
    ASSERT_TRUE(add(from, origin("q"), {new_face(1)}));
    ASSERT_TRUE(store_->write([&](Transaction& t) -> Result<void> {
        if (auto user = t.users().create(from, "u", TimePoint(std::chrono::milliseconds(5))); !user)
            return std::unexpected(user.error());
        if (auto fused = t.users().set_template(from, "u", FusedTemplate{.vector = {0, 0, 1, 0}}); !fused)
            return std::unexpected(fused.error());
        if (auto kept = t.retention().set_case(from, std::vector{added[1].row}, "2026-7"); !kept) return kept;
        return t.faces().set_user(from, std::vector{added[1].row}, "u");
    }));
    const auto page = [&](CollectionKey key, std::uint64_t after, std::size_t most) {
        return got(store_->read([&](const Transaction& t) { return t.faces().archived(key, after, most); }));
    };
    const auto faces = page(from, 0, 2);
    ASSERT_THAT(faces, SizeIs(2));
    EXPECT_THAT(page(from, faces[1].face.row, 9), SizeIs(1));
    EXPECT_EQ(faces[1].face.user_id, "u");
    EXPECT_EQ(faces[1].ordinal, 7U);
    EXPECT_THAT(faces[1].vector, ElementsAre(2, 2, 3, 4));
    EXPECT_EQ(faces[1].weight, 1.5F);
    EXPECT_EQ(faces[0].origin, faces[1].origin);

    const auto secret = store_->read([&](const Transaction& t) { return t.collections().origin_key(from); });
    ASSERT_TRUE(secret);
    EXPECT_THAT(*secret, SizeIs(32));
    const auto to = store_->write([&](Transaction& t) {
        return t.collections().create({.account = "",
                                       .id = "staged",
                                       .model_version = "1.0",
                                       .dimension = 4,
                                       .created = {},
                                       .origin_key = *secret});
    });
    ASSERT_TRUE(to);
    EXPECT_EQ(
        store_->write([&](Transaction& t) { return t.faces().add_archived(to->key, faces); }).error().code,
        ErrorCode::kNotFound)
        << "its user is not there";
    ASSERT_TRUE(store_->write([&](Transaction& t) -> Result<void> {
        const auto users = t.users().archived(from, 0, 9);
        if (!users) return std::unexpected(users.error());
        if (auto kept = t.users().add_archived(to->key, *users); !kept) return kept;
        return t.faces().add_archived(to->key, faces);
    }));
    EXPECT_EQ(
        store_->write([&](Transaction& t) { return t.faces().add_archived(to->key, faces); }).error().code,
        ErrorCode::kConflict);
    reopen();
    const auto there = page(to->key, 0, 9);
    ASSERT_THAT(there, SizeIs(2));
    EXPECT_EQ(there[0].face.face_id, added[0].face_id);
    EXPECT_EQ(there[0].face.image_id, added[0].image_id);
    EXPECT_EQ(there[0].face.external_image_id, "alice:1.jpg");
    EXPECT_EQ(there[0].face.box.height, 0.375F);
    EXPECT_EQ(there[0].face.confidence, 99.5F);
    EXPECT_EQ(there[1].face.user_id, "u");
    EXPECT_THAT(there[1].vector, ElementsAre(2, 2, 3, 4));
    EXPECT_EQ(there[1].case_id, "2026-7");
    EXPECT_EQ(there[0].last_interaction, faces[0].last_interaction) << "nobody's time starts anew";
    const auto users =
        store_->read([&](const Transaction& t) { return t.users().archived(to->key, 0, 9); }).value();
    ASSERT_THAT(users, SizeIs(1));
    EXPECT_THAT(users[0].fused.value().vector, ElementsAre(0, 0, 1, 0));
    EXPECT_EQ(users[0].last_interaction.time_since_epoch().count(), 5);
    const auto known = store_->read(
        [&](const Transaction& t) { return t.faces().of_image(to->key, origin("p", "alice:1.jpg")); });
    EXPECT_THAT(known.value(), SizeIs(2)) << "its origins are recognised";
    EXPECT_EQ(
        store_->read([&](const Transaction& t) { return t.faces().image_id(to->key, origin("x")); }).value(),
        store_->read([&](const Transaction& t) { return t.faces().image_id(from, origin("x")); }).value());
    EXPECT_THAT(store_->check().value().problems, IsEmpty());
}

TEST_P(StoreContract, ACollectionIsHandedToAnAccountOnce) {
    const auto staged = create("", "staged");
    ASSERT_TRUE(staged);
    ASSERT_TRUE(create("111122223333", "taken"));
    const auto hand = [&](CollectionKey key, const std::string& id) {
        return store_->write(
            [&](Transaction& t) { return t.collections().hand_to(key, "111122223333", id); });
    };
    EXPECT_EQ(hand(staged->key, "taken").error().code, ErrorCode::kAlreadyExists);
    EXPECT_EQ(hand(CollectionKey{999}, "free").error().code, ErrorCode::kNotFound);
    const auto there = hand(staged->key, "free");
    ASSERT_TRUE(there);
    reopen();
    EXPECT_EQ(collection("free").key, staged->key);
    EXPECT_EQ(collection("free").uid, staged->uid);
    EXPECT_EQ(store_->read([](const Transaction& t) { return t.collections().find("", "staged"); }).value(),
              std::nullopt);
}

}  // namespace
}  // namespace visavis::store
