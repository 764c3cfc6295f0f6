#include "engine/configured_images.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "base/random.h"
#include "engine/s3_bucket.h"

namespace visavis::engine {
namespace {

namespace fs = std::filesystem;

class DirectoryBucket : public testing::Test {
  protected:
    void SetUp() override {
        fs::create_directories(root_ / "bucket" / "deep");
        write(root_ / "bucket" / "deep" / "a b.jpg", "inside");
        write(root_ / "secret", "outside");
        fs::create_symlink(root_ / "secret", root_ / "bucket" / "link");
        fs::create_directory_symlink(root_, root_ / "bucket" / "up");
        fs::create_symlink("deep/a b.jpg", root_ / "bucket" / "inner");
        auto opened =
            open_images({{.bucket = "photos", .directory = (root_ / "bucket").string(), .endpoint = {}}});
        ASSERT_TRUE(opened) << opened.error().message;
        images_ = std::move(*opened);
    }
    void TearDown() override { fs::remove_all(root_); }

    static void write(const fs::path& path, std::string_view text) { std::ofstream(path) << text; }
    Result<Bytes> fetch(std::string name, std::optional<std::string> version = {},
                        std::string bucket = "photos") const {
        return images_->fetch(
            {.bucket = std::move(bucket), .name = std::move(name), .version = std::move(version)});
    }

    fs::path root_ = fs::path(testing::TempDir()) / ("bucket-" + random_uuid());
    std::unique_ptr<const ImageSource> images_;
};

TEST_F(DirectoryBucket, GivesFilesBelowIt) {
    EXPECT_EQ(as_text(fetch("deep/a b.jpg").value()), "inside");
    EXPECT_EQ(as_text(fetch("inner").value()), "inside") << "a link that stays inside";
}

TEST_F(DirectoryBucket, GivesNothingElse) {
    for (const std::string& name :
         {std::string("../secret"), std::string("deep/../../secret"), std::string("link"),
          std::string("up/secret"), (root_ / "secret").string(), std::string("deep"), std::string("."),
          std::string("none"), std::string("deep/a b.jpg\0x", 14), std::string("up/bucket/none")}) {
        const auto found = fetch(name);
        ASSERT_FALSE(found) << name;
        EXPECT_EQ(found.error().code, ErrorCode::kInvalidS3Object) << name;
        EXPECT_THAT(found.error().message, testing::StartsWith("Unable to get object metadata from S3."));
    }
    EXPECT_FALSE(fetch("deep/a b.jpg", "1")) << "no versions here";
    EXPECT_FALSE(fetch("deep/a b.jpg", {}, "other")) << "no such bucket";
}

TEST_F(DirectoryBucket, RefusesWhatIsTooLarge) {
    write(root_ / "bucket" / "big", "x");
    fs::resize_file(root_ / "bucket" / "big", limits::kStoredImageBytes + 1);
    EXPECT_EQ(fetch("big").error().code, ErrorCode::kImageTooLarge);
}

TEST(ConfiguredImages, PlacesMustBeWhole) {
    EXPECT_FALSE(open_images({{.bucket = "b", .directory = {}, .endpoint = {}}}));
    EXPECT_FALSE(open_images({{.bucket = {}, .directory = "/x", .endpoint = {}}}));
    EXPECT_FALSE(open_images({{.bucket = "b", .directory = {}, .endpoint = "file:///etc"}}));
    EXPECT_FALSE(open_images({{.bucket = "b", .directory = "/x", .endpoint = "http://y"}}));
    EXPECT_TRUE(open_images({{.bucket = {}, .directory = {}, .endpoint = "https://y"}}));
}

TEST(ConfiguredImages, NamesThatAProxyWouldResolveAreAskedOfNobody) {
    const ObjectPlace place{.bucket = {}, .directory = {}, .endpoint = "http://127.0.0.1:1"};
    for (const char* name : {"../private/x.jpg", "a/../../x.jpg", "a/./b.jpg", ".."}) {
        const auto found = fetch_from_s3(place, {.bucket = "photos", .name = name});
        ASSERT_FALSE(found);
        EXPECT_THAT(found.error().message, testing::HasSubstr("There is no object")) << name;
    }
    EXPECT_THAT(fetch_from_s3(place, {.bucket = "photos", .name = "a..b/..c"}).error().message,
                testing::HasSubstr("does not answer"));
}

TEST(ConfiguredImages, UrlsAreEscapedAsAwsEscapesThem) {
    const ObjectPlace place{.bucket = {}, .directory = {}, .endpoint = "http://127.0.0.1:8333/"};
    EXPECT_EQ(url_of(place, {.bucket = "b", .name = "a/ä +~?.jpg", .version = "x/y"}),
              "http://127.0.0.1:8333/b/a/%C3%A4%20%2B~%3F.jpg?versionId=x%2Fy");
    const ObjectPlace host{
        .bucket = {}, .directory = {}, .endpoint = "https://s3.example.org", .path_style = false};
    EXPECT_EQ(url_of(host, {.bucket = "b", .name = "k", .version = {}}), "https://b.s3.example.org/k");
}

}  // namespace
}  // namespace visavis::engine
