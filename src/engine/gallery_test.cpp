#include "engine/gallery.h"

#include <thread>

#include <gmock/gmock.h>

#include "base/file.h"
#include "base/test_full_disk.h"
#include "engine/face_matches.h"
#include "engine/test_engine.h"

namespace visavis::engine {
namespace {

class GalleryTest : public TestEngine {
  protected:
    void SetUp() override {
        TestEngine::SetUp();
        collection_ = create("111122223333", "c");
        gallery_ = engine_->galleries()->of(collection_).value();
    }
    void TearDown() override {
        gallery_.reset();
        TestEngine::TearDown();
    }

    /// A face whose template the gallery is told as `told`.
    store::Face enrol(const std::string& picture, const std::vector<float>& vector,
                      const std::vector<float>& told) {
        return add(collection_, picture, {vector},
                   [&](store::Transaction& change, const std::vector<store::Face>& added) {
                       GalleryChange templates;
                       templates.faces.added.push_back({.row = added[0].row, .vector = told});
                       return Gallery::follow(gallery_, collection_, std::move(templates), change);
                   })
            .value()[0];
    }
    store::Face enrol(const std::string& picture, const std::vector<float>& vector) {
        return enrol(picture, vector, vector);
    }
    /// Gone for readers of the database; the gallery learns of it by tell_of().
    void remove(const store::Face& face) {
        ASSERT_TRUE(store_->write([&](store::Transaction& change) {
            return change.faces().remove(collection_.key, std::vector{face.row});
        }));
    }
    void tell_of(const store::Face& face) {
        ASSERT_TRUE(store_->write([&](store::Transaction& change) {
            GalleryChange templates;
            templates.faces.removed.push_back(face.row);
            return Gallery::follow(gallery_, collection_, std::move(templates), change);
        }));
    }
    std::vector<std::string> search(const std::vector<float>& vector, std::size_t most) {
        AnswerNotes notes;
        Record record;
        const auto found =
            find_faces(*engine_, *gallery_, collection_,
                       {.vector = vector, .normalisation = {}, .collection = collection_.key, .most = most},
                       notes, record);
        EXPECT_TRUE(found) << found.error().message;
        EXPECT_EQ(found->size(), record.candidates.size());
        std::vector<std::string> ids;
        for (const FaceMatch& match : *found) ids.push_back(match.face.face_id);
        return ids;
    }
    void reopen() {
        gallery_.reset();
        open();
        gallery_ = engine_->galleries()->of(collection_).value();
    }

    store::Collection collection_;
    std::shared_ptr<Gallery> gallery_;
};

TEST_F(GalleryTest, AFaceThatIsJustBeingDeletedKeepsNoOtherOutOfTheAnswer) {
    const store::Face best = enrol("best", {1, 0});
    const store::Face second = enrol("second", {0.8F, 0.6F});
    ASSERT_TRUE(gallery_->catch_up());
    EXPECT_EQ(search({1, 0}, 1), std::vector{best.face_id});
    remove(best);
    std::jthread later([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(3));
        tell_of(best);
    });
    EXPECT_EQ(search({1, 0}, 1), std::vector{second.face_id});
}

TEST_F(GalleryTest, WhatCannotBeAppliedIsToldToEverybodyAndNeverSettled) {
    const store::Face face = enrol("lost", {1, 0}, {1, 0, 0});  // no index takes it
    EXPECT_FALSE(gallery_->catch_up()) << "the first who asks";
    EXPECT_FALSE(gallery_->catch_up()) << "and whoever asks later";
    EXPECT_FALSE(gallery_->save());
    enrol("next", {0.6F, 0.8F});
    EXPECT_FALSE(gallery_->catch_up()) << "nor does a later change hide it";
    reopen();
    ASSERT_TRUE(gallery_->catch_up());
    EXPECT_EQ(search({1, 0}, 1), std::vector{face.face_id}) << "made anew from the database";
    EXPECT_EQ(gallery_->faces().size(), 2U);
}

TEST_F(GalleryTest, FilesThatACrashLeftBehindAreRenewedWithoutAnyRequest) {
    const store::Face kept = enrol("kept", {1, 0});
    const store::Face deleted = enrol("deleted", {0, 1});
    ASSERT_TRUE(gallery_->catch_up());
    ASSERT_TRUE(gallery_->save());
    const std::string file = directory_ + "/index/" + collection_.uid + ".faces";
    const auto before = read_file(file, 1'000'000);
    ASSERT_TRUE(before);
    remove(deleted);
    gallery_.reset();
    close();
    ASSERT_TRUE(replace_file(file, *before));  // as if the process had died before it was cleared

    open();
    const auto current = [&] {
        return Gallery::files_are_current(*store_, *find("111122223333", "c"), place());
    };
    EXPECT_FALSE(current());
    ASSERT_TRUE(engine_->galleries()->renew_files("another model", [] { return true; }));
    EXPECT_FALSE(current());
    ASSERT_TRUE(engine_->galleries()->renew_files(kModel, [] { return true; }));
    EXPECT_TRUE(current());
    const auto now = engine_->galleries()->of(collection_).value();
    EXPECT_EQ(now->faces().keys(), std::vector{kept.row});
}

TEST_F(GalleryTest, AFileThatCouldNotBeClearedIsWrittenAnewByTheNextWhoRemoves) {
    const store::Face kept = enrol("kept", {1, 0});
    const store::Face deleted = enrol("deleted", {0, 1});
    ASSERT_TRUE(gallery_->save());
    remove(deleted);
    tell_of(deleted);
    {
        const testing_support::FullDisk full(1);
        EXPECT_TRUE(gallery_->catch_up()) << "searches go on";
        EXPECT_FALSE(gallery_->cleared()) << "whoever removes is told";
    }
    const std::string file = directory_ + "/index/" + collection_.uid + ".faces";
    EXPECT_FALSE(std::filesystem::exists(file)) << "nothing that holds the row";
    ASSERT_TRUE(gallery_->cleared());
    EXPECT_TRUE(Gallery::files_are_current(*store_, *find("111122223333", "c"), place()));
    EXPECT_TRUE(std::filesystem::exists(file));
    EXPECT_EQ(gallery_->faces().keys(), std::vector{kept.row});
}

TEST_F(GalleryTest, AFileThatCallsItselfCurrentButLacksRowsIsNotBelieved) {
    enrol("one", {1, 0});
    ASSERT_TRUE(gallery_->catch_up());
    const auto two = add(collection_, "two", {{0, 1}}, [](auto&, const auto&) -> Result<void> { return {}; });
    ASSERT_TRUE(two);
    ASSERT_TRUE(
        store_->write([&](store::Transaction& change) {  // an empty change brings the new generation along
            return Gallery::follow(gallery_, collection_, {}, change);
        }));
    ASSERT_TRUE(gallery_->catch_up());
    enrol("three", {0.6F, 0.8F});
    ASSERT_TRUE(gallery_->save());
    reopen();
    EXPECT_EQ(gallery_->faces().size(), 3U);
    EXPECT_THAT(search({0, 1}, 1), testing::ElementsAre(two->front().face_id));
}

TEST_F(GalleryTest, ComparingKeysFindsWhatCountingThemCannot) {
    EXPECT_TRUE(engine_->galleries()->compare_all(kModel)->empty());
    ASSERT_TRUE(add(collection_, "one", {{1, 0}}, [&](store::Transaction& change, const auto& added) {
        GalleryChange templates;  // under another row than the database's
        templates.faces.added.push_back({.row = added[0].row + 100, .vector = {1, 0}});
        return Gallery::follow(gallery_, collection_, std::move(templates), change);
    }));
    ASSERT_TRUE(gallery_->catch_up());
    ASSERT_TRUE(gallery_->save());
    reopen();
    EXPECT_THAT(*engine_->galleries()->compare_all(kModel),
                testing::ElementsAre(testing::HasSubstr("collection `c`: the index lacks 1 of 1 faces")));
}

}  // namespace
}  // namespace visavis::engine
