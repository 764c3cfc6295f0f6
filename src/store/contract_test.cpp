// What every implementation of the store promises. A second database is added to kImplementations.
#include <filesystem>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "store/sqlite/sqlite_store.h"

namespace visavis::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

struct Implementation {
    const char* name;
    Result<std::unique_ptr<Store>> (*open)(const std::string& directory, const keys::SealKey& key);
};

const Implementation kImplementations[] = {
    {"sqlite", [](const std::string& directory,
                  const keys::SealKey& key) { return sqlite::open(directory + "/visavis.db", key); }},
};

/// The value itself, so that a loop over it does not outlive it.
template <typename T>
T got(Result<T> result) {
    return std::move(result).value();
}

class StoreContract : public testing::TestWithParam<Implementation> {
  protected:
    void SetUp() override {
        directory_ = testing::TempDir() + "/store-" + random_uuid();
        std::filesystem::create_directories(directory_);
        reopen();
    }
    void TearDown() override {
        store_.reset();
        std::filesystem::remove_all(directory_);
    }
    void reopen() {
        store_.reset();
        auto opened = GetParam().open(directory_, key_);
        ASSERT_TRUE(opened) << opened.error().message;
        store_ = std::move(*opened);
    }

    Result<Collection> create(const std::string& account, const std::string& id) {
        return store_->write([&](Transaction& t) {
            return t.collections().create({.account = account,
                                           .id = id,
                                           .model_version = "1.0",
                                           .dimension = 4,
                                           .created = TimePoint(std::chrono::milliseconds(1234567)),
                                           .owner = "alice"});
        });
    }
    Collection collection(const std::string& id) {
        return store_->read([&](const Transaction& t) { return t.collections().find("111122223333", id); })
            .value()
            .value();
    }
    static NewFace new_face(std::uint32_t ordinal, float first = 1) {
        return {.face_id = random_uuid(),
                .image_id = random_uuid(),
                .ordinal = ordinal,
                .box = {.left = 0.125F, .top = 0.25F, .width = 0.5F, .height = 0.375F},
                .confidence = 99.5F,
                .vector = {first, 2, 3, 4},
                .weight = 1.5F,
                .offset = -0.25F};
    }
    static ImageOrigin origin(std::string_view picture, std::optional<std::string> external = {}) {
        return {.image = sha256(as_bytes(picture)), .external_image_id = std::move(external)};
    }
    Result<std::vector<Face>> add(CollectionKey key, const ImageOrigin& from, std::vector<NewFace> faces) {
        return store_->write([&](Transaction& t) { return t.faces().add(key, from, faces); });
    }

    std::string directory_;
    keys::SealKey key_ = keys::SealKey::generate();
    std::unique_ptr<Store> store_;
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

INSTANTIATE_TEST_SUITE_P(All, StoreContract, testing::ValuesIn(kImplementations),
                         [](const auto& which) { return which.param.name; });

}  // namespace
}  // namespace visavis::store
