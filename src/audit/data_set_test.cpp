#include "audit/data_set.h"

#include <filesystem>
#include <fstream>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "audit/false_matches.h"
#include "audit/gallery_sizes.h"
#include "audit/test_scale.h"

namespace visavis::audit {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

constexpr std::size_t kDimension = 16;

/// Folders of files that are told apart by their bytes; the n-th file of every folder shows the same face.
class Folders : public testing::Test {
  protected:
    void TearDown() override { fs::remove_all(root_); }

    void write(const std::string& file, const std::string& text) const {
        fs::create_directories((root_ / file).parent_path());
        std::ofstream(root_ / file) << text;
    }

    /// The folder's set, with the faces found.
    DataSet set(const std::string& folder, const std::string& people = "") {
        auto read = *read_data_set({.name = folder,
                                    .people = people.empty() ? "" : (root_ / people).string(),
                                    .photos = (root_ / folder).string()});
        find_faces(read);
        return read;
    }

    void find_faces(DataSet& set) {
        std::vector<const PictureRecord*> found;
        for (const LabelledPicture& picture : set.pictures) {
            auto record = std::make_unique<PictureRecord>();
            record->picture = *sha256_of_file(picture.path);
            face::Template vector(kDimension, 0.0F);
            vector[static_cast<std::size_t>(picture.path[picture.path.size() - 5] - '0')] = 1;
            record->faces.push_back({.face = {}, .vector = vector});
            found.push_back(record.get());
            records_.push_back(std::move(record));
        }
        complete_set(set, FaceChoice::kLargest, found);
    }

    std::size_t matches(const DataSet& probes, const DataSet& gallery) {
        return false_matches(probes, gallery, {}, comparer_, {.thresholds = {80}, .resamples = 20})
            ->matches.size();
    }

    bool enrolled(const DataSet& probes, const DataSet& gallery) {
        const auto sizes = search_sizes(probes, gallery, {}, comparer_, {.synthetic_up_to = 0});
        return std::ranges::any_of(sizes.searches, &SearchOutcome::enrolled);
    }

    fs::path root_ = testing::TempDir() + "visavis-folders-" + std::to_string(::getpid());
    match::SimilarityScale scale_ = straight_scale();
    match::ScoreNormaliser none_;
    PackComparer comparer_{none_, scale_, kDimension, 1};
    std::vector<std::unique_ptr<PictureRecord>> records_;
};

TEST_F(Folders, FilesOfTheSameNameAreDifferentPeople) {
    for (const char* name : {"0001.jpg", "0002.jpg"}) {
        write(std::string("a/") + name, std::string("a") + name);
        write(std::string("b/") + name, std::string("b") + name);
    }
    const DataSet probes = set("a");
    const DataSet gallery = set("b");
    EXPECT_EQ(matches(probes, gallery), 2U);
    EXPECT_FALSE(enrolled(probes, gallery));
    write("b/0002.jpg", "a0002.jpg");
    EXPECT_EQ(matches(probes, set("b")), 1U) << "the same photograph is nobody else's";
}

TEST_F(Folders, NamesOfATableOrOfAPersonsOwnFolderAreEqualAcrossSets) {
    for (const char* folder : {"a/", "b/"})
        for (const char* file : {"ann/1.jpg", "bob/2.jpg"})
            write(folder + std::string(file), folder + std::string(file));
    EXPECT_EQ(matches(set("a"), set("b")), 0U);
    EXPECT_TRUE(enrolled(set("a"), set("b")));

    write("c/ann1.jpg", "c1");
    write("people.csv", "person,gender\nann1,F\n");
    write("d/ann1/1.jpg", "d1");
    EXPECT_EQ(matches(set("c", "people.csv"), set("d")), 0U) << "the table names the file's person";
    EXPECT_EQ(matches(set("c"), set("d")), 1U);
}

TEST_F(Folders, MergedKeepsPeopleThatOnlyFilesNameApart) {
    for (const char* file : {"a/0001.jpg", "a/zoe/3.jpg", "b/0001.jpg", "b/zoe/4.jpg", "b/0002.jpg"})
        write(file, file);
    std::vector<DataSet> sets;
    sets.push_back(set("a"));
    sets.push_back(set("b"));
    DataSet all = merged(std::move(sets));
    find_faces(all);
    EXPECT_THAT(all.people, ElementsAre("0001", "0001", "0002", "zoe"));
    EXPECT_EQ(all.composition->people, 4U);
    ASSERT_EQ(all.pictures.size(), 5U);
    EXPECT_NE(all.pictures[0].person, all.pictures[2].person);
    EXPECT_EQ(all.pictures[1].file, "a/zoe/3.jpg");
    EXPECT_EQ(all.people[all.pictures[1].person], "zoe");
    EXPECT_EQ(all.pictures[1].person, all.pictures[4].person);
}

}  // namespace
}  // namespace visavis::audit
