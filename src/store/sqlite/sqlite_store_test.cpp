// What is particular to the SQLite implementation: the file, its history, what deletion leaves, damage.
#include "store/sqlite/sqlite_store.h"

#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/random.h"
#include "base/test_locks.h"
#include "store/sqlite/migrations.h"
#include "store/sqlite/tables.h"

namespace visavis::store::sqlite {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class SqliteFile : public testing::Test {
  protected:
    void SetUp() override {
        directory_ = testing::TempDir() + "/sqlite-" + random_uuid();
        std::filesystem::create_directories(directory_);
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }

    std::unique_ptr<Store> open() {
        auto opened = sqlite::open(file(), key_);
        EXPECT_TRUE(opened) << opened.error().message;
        return opened ? std::move(*opened) : nullptr;
    }
    std::string file() const { return directory_ + "/visavis.db"; }

    static CollectionKey create(Store& store) {
        return store
            .write([](Transaction& t) {
                return t.collections().create({.account = "111122223333",
                                               .id = "c",
                                               .model_version = "1.0",
                                               .dimension = 64,
                                               .created = {}});
            })
            .value()
            .key;
    }
    static std::vector<float> vector(float seed) {
        std::vector<float> numbers(64);
        for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = seed + static_cast<float>(i) * 0.37F;
        return numbers;
    }
    static Face add(Store& store, CollectionKey key, std::uint32_t ordinal) {
        const std::vector faces{NewFace{.face_id = random_uuid(),
                                        .image_id = random_uuid(),
                                        .ordinal = ordinal,
                                        .vector = vector(static_cast<float>(ordinal))}};
        return store
            .write([&](Transaction& t) {
                return t.faces().add(key, {.image = sha256(as_bytes("p")), .external_image_id = "alice"},
                                     faces);
            })
            .value()
            .front();
    }
    Bytes everything() const {
        Bytes all;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_)) {
            if (!entry.is_regular_file()) continue;
            const auto bytes = read_file(entry.path().string(), 1U << 30U);
            all.insert(all.end(), bytes->begin(), bytes->end());
        }
        return all;
    }
    static bool contains(const Bytes& all, ByteView part) { return !std::ranges::search(all, part).empty(); }

    std::string directory_;
    keys::SealKey key_ = keys::SealKey::generate();
};

TEST_F(SqliteFile, WhatIsCommittedIsSyncedAndWhatIsDeletedOverwritten) {
    const auto connection = Connection::open(file(), Access::kWrite).value();
    const auto setting = [&](const char* name) {
        return connection->database().execAndGet(std::string("PRAGMA ") + name).getString();
    };
    EXPECT_EQ(setting("journal_mode"), "wal");
    EXPECT_EQ(setting("synchronous"), "2") << "FULL: every commit is on the disk";
    EXPECT_EQ(setting("secure_delete"), "1");
    EXPECT_EQ(setting("foreign_keys"), "1");
}

// Rows as each step of the schema could hold them, written with that step's own columns.
TEST_F(SqliteFile, EveryEarlierSchemaIsTakenToTheLatest) {
    for (int from = 0; from < schema_version(); ++from) {
        SCOPED_TRACE(from);
        std::filesystem::remove(file());
        const keys::SealKey wrapping = key_.derive("visavis store: collection keys");
        const std::string uid = random_uuid();
        const keys::SealKey own = keys::SealKey::generate();
        const Bytes id = random_bytes(16);
        {
            const auto connection = Connection::open(file(), Access::kWrite).value();
            ASSERT_TRUE(migrate(*connection, from));
            if (from >= 1) {
                run(*connection,
                    "INSERT INTO collections (account, id, uid, model_version, dimension, created_ms, "
                    "wrapped_key, faces, face_generation) VALUES ('111122223333', 'old', ?, '1.0', 64, 5, ?, "
                    "1, 7)",
                    uid, wrapping.seal(own.bytes(), as_bytes("key of collection " + uid)));
                const CollectionKeys keys{
                    .uid = uid, .templates = own.derive("templates"), .origins = own.derive("origins")};
                run(*connection,
                    "INSERT INTO faces (collection, face_id, image_id, origin, ordinal, box_left, box_top, "
                    "box_width, box_height, confidence, weight, \"offset\", template) VALUES (1, ?, "
                    "?, x'00', 0, 0, 0, 1, 1, 99, 1, 0, ?)",
                    id, id, keys.templates.seal(bytes_of_template(vector(1)), keys.place_of_face(id)));
            }
            if (from >= 2) {
                run(*connection, "INSERT INTO tags (collection, name, value) VALUES (1, 'k', 'v')");
                const CollectionKeys keys{
                    .uid = uid, .templates = own.derive("templates"), .origins = own.derive("origins")};
                run(*connection,
                    "INSERT INTO users (collection, user_id, created_ms, template_row, template) VALUES "
                    "(1, 'anna', 6, 1, ?)",
                    keys.templates.seal(bytes_of_template(vector(2)), keys.place_of_user("anna")));
                run(*connection, "UPDATE user_template_rows SET last = 1");
                run(*connection, "UPDATE collections SET users = 1");
            }
            if (from >= 3) {
                run(*connection,
                    "INSERT INTO tokens (account, operation, token, parameters, answer, expires_ms) VALUES "
                    "('111122223333', 'CreateUser', 't', ?, x'0102', 99)",
                    Bytes(32, 7));
                run(*connection, "INSERT INTO outbox (kind, payload) VALUES ('receipt', x'03')");
            }
        }
        const auto store = open();
        ASSERT_TRUE(store);
        if (from >= 1) {
            const auto key = CollectionKey{1};
            EXPECT_EQ(store->read([&](const Transaction& t) { return t.faces().templates(key, 0, 9); })
                          .value()
                          .front()
                          .vector,
                      vector(1));
            ASSERT_TRUE(store->write([&](Transaction& t) { return t.users().create(key, "u", {}); }));
            ASSERT_TRUE(
                store->write([&](Transaction& t) { return t.faces().set_user(key, std::vector{1UL}, "u"); }));
            EXPECT_THAT(store->check().value().problems, IsEmpty());
        }
        if (from >= 1 && from < 4) {
            // The day its collection was made is the earliest that an older face can have been renewed.
            ASSERT_TRUE(store->write([](Transaction& t) { return t.users().remove(CollectionKey{1}, "u"); }));
            EXPECT_EQ(store->read([](const Transaction& t) { return t.retention().oldest(CollectionKey{1}); })
                          .value(),
                      TimePoint(std::chrono::milliseconds(5)));
        }
        if (from >= 2) {
            EXPECT_THAT(
                store->read([](const Transaction& t) { return t.tags().list(CollectionKey{1}); }).value(),
                SizeIs(1));
            const auto users =
                store->read([](const Transaction& t) { return t.users().templates(CollectionKey{1}, 0, 9); })
                    .value();
            ASSERT_THAT(users, SizeIs(1));
            EXPECT_EQ(users.front().vector, vector(2));
        }
        if (from >= 3) {
            const auto used = store->read([](const Transaction& t) {
                return t.tokens().find({.account = "111122223333", .operation = "CreateUser", .token = "t"});
            });
            ASSERT_TRUE(used.value());
            EXPECT_EQ((*used)->answer, (Bytes{1, 2}));
            const auto waiting = store->read([](const Transaction& t) { return t.outbox().peek(9); }).value();
            ASSERT_THAT(waiting, SizeIs(1));
            EXPECT_EQ(waiting.front().payload, Bytes{3});
        }
    }
}

TEST_F(SqliteFile, AFaceWrittenWithoutATimeIsDueToNobody) {
    const auto store = open();
    const auto made = store->write([](Transaction& t) {
        return t.collections().create(
            {.account = "111122223333", .id = "c", .model_version = "1.0", .dimension = 64, .created = {}});
    });
    ASSERT_TRUE(made);
    add(*store, made->key, 1);
    const auto before = SystemClock().now();
    {
        SQLite::Database raw(file(), SQLite::OPEN_READWRITE);
        raw.exec(
            "INSERT INTO faces (collection, face_id, image_id, origin, ordinal, box_left, box_top, "
            "box_width, "
            "box_height, confidence, weight, \"offset\", template) SELECT collection, x'01', image_id, "
            "x'01', 0, 0, "
            "0, 1, 1, 99, 1, 0, template FROM faces");
    }
    const auto due = [&](TimePoint until) {
        return store->read([&](const Transaction& t) { return t.retention().count_due(made->key, until); })
            .value()
            .faces;
    };
    EXPECT_EQ(due(before - std::chrono::minutes(1)), 0U);
    EXPECT_EQ(due(SystemClock().now() + std::chrono::seconds(1)), 2U);
}

TEST_F(SqliteFile, ASchemaOfTheFutureIsRefused) {
    open().reset();
    Connection::open(file(), Access::kWrite).value()->database().exec("PRAGMA user_version=99");
    const auto opened = sqlite::open(file(), key_);
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().message, HasSubstr("version 99"));
}

TEST_F(SqliteFile, OnlyTheOwnerMayReadAnyFile) {
    const auto store = open();
    create(*store);
    for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
        struct stat status{};
        ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777U, 0600U) << entry.path();
    }
}

TEST_F(SqliteFile, KeepsTheLockThatKeepsOthersFromRemovingItsLog) {
    const auto store = open();
    create(*store);
    EXPECT_TRUE(testing_support::shared_lock_is_held(file()));
}

TEST_F(SqliteFile, NoTemplateStandsInClearInAnyFile) {
    const auto store = open();
    const auto key = create(*store);
    add(*store, key, 0);
    const Bytes plain = bytes_of_template(vector(0));
    const Bytes all = everything();
    EXPECT_TRUE(contains(all, as_bytes("alice"))) << "the scan sees the file's content";
    EXPECT_FALSE(contains(all, plain));
    for (std::size_t at = 0; at + 12 <= plain.size(); at += 4)
        EXPECT_FALSE(contains(all, ByteView(plain).subspan(at, 12))) << at;
}

TEST_F(SqliteFile, ADeletedTemplateLeavesEveryFileWithinAMinute) {
    const auto store = open();
    const auto key = create(*store);
    const Face gone = add(*store, key, 0);
    add(*store, key, 1);
    Bytes sealed;
    {
        const auto connection = Connection::open(file(), Access::kRead).value();
        Query query(*connection, "SELECT template FROM faces WHERE row = ?", gone.row);
        ASSERT_TRUE(query.step());
        sealed = query.blob(0);
    }
    ASSERT_TRUE(contains(everything(), sealed));
    ASSERT_TRUE(store->write([&](Transaction& t) { return t.faces().remove(key, std::vector{gone.row}); }));
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (contains(everything(), sealed) && std::chrono::steady_clock::now() < deadline)
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
    const Bytes after = everything();
    EXPECT_FALSE(contains(after, sealed));
    // Not even a part of it, and not the face's id.
    for (std::size_t at = 0; at + 16 <= sealed.size(); at += 16)
        EXPECT_FALSE(contains(after, ByteView(sealed).subspan(at, 16))) << at;
    EXPECT_FALSE(contains(after, *bytes_of_uuid(gone.face_id)));
}

TEST_F(SqliteFile, ATemplateMovedToAnotherFaceDoesNotOpen) {
    auto store = open();
    const auto key = create(*store);
    const Face a = add(*store, key, 0);
    const Face b = add(*store, key, 1);
    store.reset();
    {
        const auto connection = Connection::open(file(), Access::kWrite).value();
        run(*connection,
            "UPDATE faces SET template = (SELECT template FROM faces WHERE row = ?) WHERE row = ?", a.row,
            b.row);
    }
    store = open();
    const auto templates = store->read([&](const Transaction& t) { return t.faces().templates(key, 0, 9); });
    ASSERT_FALSE(templates);
    EXPECT_THAT(templates.error().message, HasSubstr(b.face_id));
    EXPECT_THAT(store->check().value().problems, SizeIs(1));
}

TEST_F(SqliteFile, ADamagedPageIsToldAndNeverAnswered) {
    auto store = open();
    const auto key = create(*store);
    std::vector<Face> faces;
    for (std::uint32_t i = 0; i < 200; ++i) faces.push_back(add(*store, key, i));
    store.reset();
    {
        std::fstream damage(file(), std::ios::in | std::ios::out | std::ios::binary);
        damage.seekp(0, std::ios::end);
        const auto size = static_cast<std::streamoff>(damage.tellp());
        for (std::streamoff page = 20L * 4096; page < size; page += 3L * 4096) {
            damage.seekp(page);
            damage.write(std::string(4096, '\x5a').data(), 4096);
        }
    }
    const auto opened = sqlite::open(file(), key_);
    ASSERT_TRUE(opened) << "what can be read stays readable: " << opened.error().message;
    const auto checked = (*opened)->check();
    ASSERT_TRUE(checked) << checked.error().message;
    ASSERT_FALSE(checked->problems.empty());
    std::size_t wrong = 0;
    std::size_t readable = 0;
    for (const Face& face : faces) {
        const auto found = (*opened)->read(
            [&](const Transaction& t) { return t.faces().templates_of(key, std::vector{face.row}); });
        if (!found) {
            EXPECT_EQ(found.error().code, ErrorCode::kInternal) << found.error().message;
            ++wrong;
        } else {
            EXPECT_EQ(found->front().vector, vector(static_cast<float>(&face - faces.data())));
            ++readable;
        }
    }
    EXPECT_GT(wrong, 0U);
    EXPECT_GT(readable, 0U);
}

TEST_F(SqliteFile, NotADatabaseIsRefusedWithItsName) {
    std::ofstream(file()) << std::string(8192, 'x');
    const auto opened = sqlite::open(file(), key_);
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().message, HasSubstr(file()));
    EXPECT_THAT(opened.error().message, HasSubstr("damaged"));
}

}  // namespace
}  // namespace visavis::store::sqlite
