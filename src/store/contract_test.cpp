// What every implementation of the store promises of its entities. A second database is added to
// kImplementations.
#include <gmock/gmock.h>

#include "store/contract_fixture.h"
#include "store/sqlite/sqlite_store.h"

namespace visavis::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const Implementation kImplementations[] = {
    {"sqlite", [](const std::string& directory,
                  const keys::SealKey& key) { return sqlite::open(directory + "/visavis.db", key); }},
};

TEST_P(StoreContract, CollectionsAreScopedByAccountAndKeptExactly) {
    const auto made = create("111122223333", "a.B-c_1");
    ASSERT_TRUE(made);
    ASSERT_TRUE(create("111122223333", "A.b-c_1")) << "ids are case-sensitive";
    ASSERT_TRUE(create("999900001111", "a.B-c_1"));
    EXPECT_EQ(create("111122223333", "a.B-c_1").error().code, ErrorCode::kAlreadyExists);
    reopen();
    const Collection kept = collection("a.B-c_1");
    EXPECT_EQ(kept.key, made->key);
    EXPECT_EQ(kept.uid, made->uid);
    EXPECT_EQ(kept.model_version, "1.0");
    EXPECT_EQ(kept.owner, "alice");
    EXPECT_EQ(kept.dimension, 4U);
    EXPECT_EQ(kept.created.time_since_epoch().count(), 1234567);
    EXPECT_EQ(kept.faces + kept.users, 0U);
    const auto none =
        store_->read([](const Transaction& t) { return t.collections().find("111122223333", "x"); });
    EXPECT_EQ(none.value(), std::nullopt);
}

TEST_P(StoreContract, ListsCollectionsInPagesInOrderOfCreation) {
    for (const char* id : {"b", "a", "Z"}) ASSERT_TRUE(create("111122223333", id));
    ASSERT_TRUE(create("999900001111", "other"));
    for (const char* id : {"10", "9"}) ASSERT_TRUE(create("111122223333", id));
    const auto page = [&](CollectionKey after) {
        return got(store_->read(
            [&](const Transaction& t) { return t.collections().list("111122223333", after, 3); }));
    };
    const auto ids = [](const std::vector<Collection>& some) {
        std::vector<std::string> all;
        for (const auto& one : some) all.push_back(one.id);
        return all;
    };
    const auto first = page(CollectionKey{0});
    EXPECT_THAT(ids(first), ElementsAre("b", "a", "Z"));
    const auto second = page(first.back().key);
    EXPECT_THAT(ids(second), ElementsAre("10", "9"));
    EXPECT_THAT(page(second.back().key), IsEmpty());
    EXPECT_THAT(store_->read([](const Transaction& t) { return t.collections().all(); }).value(), SizeIs(6));
}

TEST_P(StoreContract, ACollectionIsEmptiedInStepsFacesBeforeUsers) {
    const auto key = create("111122223333", "c")->key;
    const auto other = create("111122223333", "d")->key;
    const auto faces = add(key, origin("p"), {new_face(0), new_face(1), new_face(2)});
    ASSERT_TRUE(faces);
    ASSERT_TRUE(add(other, origin("p"), {new_face(0)}));
    ASSERT_TRUE(store_->write([&](Transaction& t) -> Result<void> {
        if (auto user = t.users().create(key, "u", {}); !user) return std::unexpected(user.error());
        return t.faces().set_user(key, std::vector{(*faces)[0].row}, "u");
    }));
    const auto step = [&] {
        return got(store_->write([&](Transaction& t) { return t.collections().empty(key, 2); }));
    };
    EXPECT_EQ(step(), 2U);
    EXPECT_EQ(collection("c").faces, 1U);
    EXPECT_EQ(collection("c").users, 1U);
    EXPECT_EQ(step(), 1U);
    EXPECT_EQ(step(), 1U) << "the user";
    EXPECT_EQ(collection("c").users, 0U);
    EXPECT_EQ(step(), 0U);
    EXPECT_EQ(collection("d").faces, 1U);
    EXPECT_EQ(
        store_->write([](Transaction& t) { return t.collections().empty(CollectionKey{999}, 2); }).value(),
        0U);
}

TEST_P(StoreContract, ARemovedCollectionTakesEverythingWithIt) {
    const auto key = create("111122223333", "c")->key;
    const auto faces = add(key, origin("p"), {new_face(0)});
    ASSERT_TRUE(faces);
    ASSERT_TRUE(store_->write([&](Transaction& t) -> Result<void> {
        if (auto user = t.users().create(key, "u", {}); !user) return std::unexpected(user.error());
        if (auto set = t.faces().set_user(key, std::vector{(*faces)[0].row}, "u"); !set) return set;
        return t.tags().set(key, {{"k", "v"}});
    }));
    ASSERT_TRUE(store_->write([&](Transaction& t) { return t.collections().remove(key); }));
    EXPECT_EQ(store_->write([&](Transaction& t) { return t.collections().remove(key); }).error().code,
              ErrorCode::kNotFound);
    EXPECT_EQ(add(key, origin("p"), {new_face(0)}).error().code, ErrorCode::kNotFound);
    EXPECT_THAT(store_->read([&](const Transaction& t) { return t.faces().rows(key); }).value(), IsEmpty());
    const auto again = create("111122223333", "c");
    ASSERT_TRUE(again);
    EXPECT_NE(again->key, key) << "a key is never used again";
    EXPECT_THAT(store_->read([&](const Transaction& t) { return t.tags().list(again->key); }).value(),
                IsEmpty());
}

TEST_P(StoreContract, AFaceComesBackAsItWasAdded) {
    const auto before = create("111122223333", "c").value();
    const NewFace face = new_face(3);
    const auto added = add(before.key, origin("p", "alice:1.jpg"), {face});
    ASSERT_TRUE(added);
    reopen();
    const auto found = store_->read([&](const Transaction& t) {
        return t.faces().find(before.key, std::vector{random_uuid(), face.face_id, std::string("no uuid")});
    });
    ASSERT_TRUE(found);
    EXPECT_FALSE((*found)[0]);
    EXPECT_FALSE((*found)[2]);
    const Face kept = (*found)[1].value();
    EXPECT_EQ(kept.row, (*added)[0].row);
    EXPECT_EQ(kept.face_id, face.face_id);
    EXPECT_EQ(kept.image_id, face.image_id);
    EXPECT_EQ(kept.external_image_id, "alice:1.jpg");
    EXPECT_EQ(kept.box.left, 0.125F);
    EXPECT_EQ(kept.box.height, 0.375F);
    EXPECT_EQ(kept.confidence, 99.5F);
    EXPECT_EQ(kept.user_id, std::nullopt);
    const auto templates =
        store_->read([&](const Transaction& t) { return t.faces().templates(before.key, 0, 10); });
    ASSERT_TRUE(templates);
    ASSERT_THAT(*templates, SizeIs(1));
    EXPECT_THAT((*templates)[0].vector, ElementsAre(1, 2, 3, 4));
    EXPECT_EQ((*templates)[0].weight, 1.5F);
    EXPECT_EQ((*templates)[0].offset, -0.25F);
    const Collection after = collection("c");
    EXPECT_EQ(after.faces, 1U);
    EXPECT_NE(after.face_generation, before.face_generation);
    EXPECT_EQ(after.user_generation, before.user_generation);
}

TEST_P(StoreContract, KnowsTheFacesOfAnImageByItsBytesAndExternalId) {
    const auto a = create("111122223333", "a")->key;
    const auto b = create("111122223333", "b")->key;
    ASSERT_TRUE(add(a, origin("p", "x"), {new_face(0), new_face(2)}));
    const auto known = [&](CollectionKey key, const ImageOrigin& from) {
        std::vector<std::uint32_t> ordinals;
        for (const auto& one :
             got(store_->read([&](const Transaction& t) { return t.faces().of_image(key, from); })))
            ordinals.push_back(one.ordinal);
        return ordinals;
    };
    EXPECT_THAT(known(a, origin("p", "x")), ElementsAre(0, 2));
    EXPECT_THAT(known(a, origin("p", "y")), IsEmpty());
    EXPECT_THAT(known(a, origin("p")), IsEmpty());
    EXPECT_THAT(known(a, origin("q", "x")), IsEmpty());
    EXPECT_THAT(known(b, origin("p", "x")), IsEmpty());
    const auto image_id = [&](CollectionKey key, const ImageOrigin& from) {
        return store_->read([&](const Transaction& t) { return t.faces().image_id(key, from); }).value();
    };
    EXPECT_EQ(image_id(a, origin("p", "x")), image_id(a, origin("p", "x")));
    EXPECT_NE(image_id(a, origin("p", "x")), image_id(a, origin("p")));
    EXPECT_NE(image_id(a, origin("p", "x")), image_id(b, origin("p", "x")));
}

TEST_P(StoreContract, AddingFacesIsAllOrNothing) {
    const auto key = create("111122223333", "c")->key;
    ASSERT_TRUE(add(key, origin("p"), {new_face(1)}));
    EXPECT_EQ(add(key, origin("p"), {new_face(0), new_face(1)}).error().code, ErrorCode::kConflict);
    EXPECT_EQ(collection("c").faces, 1U);
    EXPECT_THAT(store_->read([&](const Transaction& t) { return t.faces().rows(key); }).value(), SizeIs(1));
}

TEST_P(StoreContract, ListsFacesInPagesAndByFilter) {
    const auto key = create("111122223333", "c")->key;
    const auto other = create("111122223333", "d")->key;
    const auto faces = add(key, origin("p"), {new_face(0), new_face(1), new_face(2), new_face(3)}).value();
    const auto foreign = add(other, origin("p"), {new_face(0)}).value();
    ASSERT_TRUE(store_->write([&](Transaction& t) -> Result<void> {
        if (auto user = t.users().create(key, "u", {}); !user) return std::unexpected(user.error());
        return t.faces().set_user(key, std::vector{faces[1].row, faces[3].row}, "u");
    }));
    const auto rows = [&](const FaceFilter& filter, std::uint64_t after, std::size_t most) {
        std::vector<std::uint64_t> found;
        for (const auto& face : got(store_->read(
                 [&](const Transaction& t) { return t.faces().list(key, filter, after, most); })))
            found.push_back(face.row);
        return found;
    };
    EXPECT_THAT(rows({}, 0, 3), ElementsAre(faces[0].row, faces[1].row, faces[2].row));
    EXPECT_THAT(rows({}, faces[2].row, 3), ElementsAre(faces[3].row));
    EXPECT_THAT(rows({.user_id = "u", .face_ids = {}}, 0, 10), ElementsAre(faces[1].row, faces[3].row));
    EXPECT_THAT(rows({.user_id = "u", .face_ids = {}}, faces[1].row, 10), ElementsAre(faces[3].row));
    EXPECT_THAT(rows({.user_id = "nobody", .face_ids = {}}, 0, 10), IsEmpty());
    const std::vector ids{faces[3].face_id, faces[0].face_id, foreign[0].face_id, faces[0].face_id};
    EXPECT_THAT(rows({.user_id = {}, .face_ids = ids}, 0, 10), ElementsAre(faces[0].row, faces[3].row));
    EXPECT_THAT(rows({.user_id = "u", .face_ids = ids}, 0, 10), ElementsAre(faces[3].row));
}

TEST_P(StoreContract, RemovedFacesAreGoneAndTheirRowsNeverReturn) {
    const auto key = create("111122223333", "c")->key;
    const auto faces = add(key, origin("p"), {new_face(0), new_face(1)}).value();
    const auto removed = store_->write([&](Transaction& t) {
        return t.faces().remove(key, std::vector<std::uint64_t>{faces[1].row, 999999});
    });
    EXPECT_EQ(removed.value(), 1U);
    EXPECT_EQ(collection("c").faces, 1U);
    EXPECT_EQ(store_
                  ->read([&](const Transaction& t) {
                      return t.faces().templates_of(key, std::vector{faces[1].row});
                  })
                  .error()
                  .code,
              ErrorCode::kNotFound);
    reopen();
    const auto again = add(key, origin("p"), {new_face(1)}).value();
    EXPECT_GT(again[0].row, faces[1].row);
}

TEST_P(StoreContract, UsersHoldFacesAndOneTemplate) {
    const auto before = create("111122223333", "c").value();
    const auto key = before.key;
    const auto faces = add(key, origin("p"), {new_face(0), new_face(1)}).value();
    ASSERT_TRUE(store_->write([&](Transaction& t) { return t.users().create(key, "u:1", {}); }));
    EXPECT_EQ(store_->write([&](Transaction& t) { return t.users().create(key, "u:1", {}); }).error().code,
              ErrorCode::kAlreadyExists);
    const auto fused = [&](float first) {
        return store_->write([&](Transaction& t) {
            return t.users().set_template(key, "u:1", FusedTemplate{.vector = {first, 0, 0, 1}});
        });
    };
    ASSERT_TRUE(store_->write(
        [&](Transaction& t) { return t.faces().set_user(key, std::vector{faces[0].row}, "u:1"); }));
    const auto first = fused(0.5F);
    const auto second = fused(0.25F);
    ASSERT_TRUE(second);
    EXPECT_GT(second->template_row, first->template_row) << "a changed template takes a new row";
    EXPECT_EQ(second->faces, 1U);
    reopen();
    const auto templates =
        store_->read([&](const Transaction& t) { return t.users().templates(key, 0, 10); }).value();
    ASSERT_THAT(templates, SizeIs(1));
    EXPECT_EQ(templates[0].row, second->template_row);
    EXPECT_THAT(templates[0].vector, ElementsAre(0.25F, 0, 0, 1));
    const auto by_template =
        store_
            ->read([&](const Transaction& t) {
                return t.users().find_templates(
                    key, std::vector<std::uint64_t>{*second->template_row, *first->template_row});
            })
            .value();
    EXPECT_EQ(by_template[0]->user_id, "u:1");
    EXPECT_FALSE(by_template[1]);
    EXPECT_EQ(collection("c").users, 1U);
    EXPECT_NE(collection("c").user_generation, before.user_generation);

    ASSERT_TRUE(store_->write([&](Transaction& t) { return t.users().remove(key, "u:1"); }));
    EXPECT_EQ(store_->write([&](Transaction& t) { return t.users().remove(key, "u:1"); }).error().code,
              ErrorCode::kNotFound);
    EXPECT_EQ(collection("c").users, 0U);
    EXPECT_EQ(collection("c").faces, 2U) << "the faces stay";
    const auto freed = store_->read(
        [&](const Transaction& t) { return t.faces().find(key, std::vector{faces[0].face_id}); });
    EXPECT_EQ((*freed)[0]->user_id, std::nullopt);
}

TEST_P(StoreContract, TagsAreSetReplacedAndRemoved) {
    const auto key = create("111122223333", "c")->key;
    ASSERT_TRUE(store_->write([&](Transaction& t) {
        return t.tags().set(key, {{"purpose", "door"}, {"empty", ""}, {"Ärger", "ü/=+"}});
    }));
    ASSERT_TRUE(store_->write([&](Transaction& t) { return t.tags().set(key, {{"purpose", "gate"}}); }));
    ASSERT_TRUE(store_->write(
        [&](Transaction& t) { return t.tags().remove(key, std::vector<std::string>{"empty", "none"}); }));
    reopen();
    EXPECT_EQ(store_->read([&](const Transaction& t) { return t.tags().list(key); }).value(),
              (TagMap{{"purpose", "gate"}, {"Ärger", "ü/=+"}}));
}

INSTANTIATE_TEST_SUITE_P(All, StoreContract, testing::ValuesIn(kImplementations),
                         [](const auto& which) { return which.param.name; });

}  // namespace
}  // namespace visavis::store
