#include "infer/model_pack.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/digest.h"

namespace visavis::infer {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// A pack in a directory of its own, and an empty cache beside it.
class Pack : public testing::Test {
  protected:
    void SetUp() override {
        root_ = fs::path(testing::TempDir()) /
                (std::string("pack-") + testing::UnitTest::GetInstance()->current_test_info()->name());
        fs::remove_all(root_);
        fs::create_directories(root_ / "pack");
        fs::create_directories(root_ / "cache" / "packs" / "toy");
        ::setenv("VISAVIS_CACHE", (root_ / "cache").c_str(), 1);
        write("pack/calibration.json", "{}");
        write("pack/pack.toml", manifest());
    }
    void TearDown() override {
        ::unsetenv("VISAVIS_CACHE");
        fs::remove_all(root_);
    }

    void write(const std::string& file, const std::string& text) const {
        std::ofstream(root_ / file) << text;
    }

    static std::string hash(const std::string& text) { return to_hex(sha256(as_bytes(text))); }

    static std::string manifest() {
        return "name = \"toy\"\nversion = \"1.2\"\ndimension = 4\ncalibration = \"calibration.json\"\n"
               "calibration_sha256 = \"" +
               hash("{}") +
               "\"\n[[measured_on]]\ngroup = \"g\"\npeople = 7\ncomposition = \"3 women, 4 men\"\n"
               "[[file]]\nrole = \"detector\"\nname = \"d.onnx\"\nsha256 = \"" +
               hash("detector") + "\"\n[[file.alternative]]\nname = \"d-full.onnx\"\nsha256 = \"" +
               hash("full") + "\"\n[[file]]\nrole = \"embedder\"\nname = \"e.onnx\"\nsha256 = \"" +
               hash("embedder") + "\"\noutputs = [{ name = \"out\", shape = [1, 4] }]\n";
    }

    [[nodiscard]] Result<ModelPack> open() const { return ModelPack::open((root_ / "pack").string()); }

    fs::path root_;
};

TEST_F(Pack, TakesNetworksBesideTheManifestBeforeThoseOfTheCache) {
    write("cache/packs/toy/d.onnx", "detector");
    write("cache/packs/toy/e.onnx", "embedder");
    write("pack/e.onnx", "embedder");
    const auto pack = open();
    ASSERT_TRUE(pack) << pack.error().message;
    EXPECT_EQ(pack->name, "toy");
    EXPECT_EQ(pack->version, "1.2");
    EXPECT_EQ(pack->dimension, 4U);
    EXPECT_EQ((*pack->file("detector"))->path, (root_ / "cache/packs/toy/d.onnx").string());
    EXPECT_EQ((*pack->file("embedder"))->path, (root_ / "pack/e.onnx").string());
    EXPECT_EQ((*pack->file("embedder"))->outputs.front().shape, (std::vector<long>{1, 4}));
    EXPECT_TRUE(pack->verify());
    EXPECT_FALSE(pack->file("landmarks"));
}

TEST_F(Pack, AcceptsAnAlternativeUnderItsOwnHashAndIsThenAnotherPack) {
    write("pack/d.onnx", "detector");
    write("pack/e.onnx", "embedder");
    const auto usual = open();
    fs::remove(root_ / "pack/d.onnx");
    write("pack/d-full.onnx", "full");
    const auto other = open();
    ASSERT_TRUE(usual && other);
    EXPECT_EQ((*other->file("detector"))->name, "d-full.onnx");
    EXPECT_TRUE(other->verify());
    EXPECT_NE(usual->hash, other->hash);
}

TEST_F(Pack, AForeignFileIsRefusedWithBothHashes) {
    write("pack/d.onnx", "another");
    write("pack/e.onnx", "embedder");
    const auto pack = open();
    ASSERT_TRUE(pack);
    const auto verified = pack->verify();
    ASSERT_FALSE(verified);
    EXPECT_THAT(verified.error().message, HasSubstr(hash("another")));
    EXPECT_THAT(verified.error().message, HasSubstr(hash("detector")));
    EXPECT_THAT(verified.error().message, HasSubstr("d.onnx"));
}

TEST_F(Pack, AMissingNetworkIsNamed) {
    write("pack/e.onnx", "embedder");
    const auto pack = open();
    ASSERT_TRUE(pack);
    EXPECT_THAT(pack->verify().error().message, HasSubstr("d.onnx"));
}

TEST_F(Pack, TheCurveIsPartOfItsIdentity) {
    const auto before = open();
    std::string other = manifest();
    write("pack/pack.toml", other.replace(other.find(hash("{}")), hash("{}").size(), hash("{ }")));
    const auto after = open();
    ASSERT_TRUE(before && after);
    EXPECT_NE(before->hash, after->hash);
}

TEST_F(Pack, AForeignCurveOrNormalisationIsRefusedWithBothHashes) {
    write("pack/d.onnx", "detector");
    write("pack/e.onnx", "embedder");
    write("pack/n.json", "mine");
    write("pack/pack.toml",
          "normalisation = \"n.json\"\nnormalisation_sha256 = \"" + hash("mine") + "\"\n" + manifest());
    const auto pack = open();
    ASSERT_TRUE(pack) << pack.error().message;
    EXPECT_EQ(pack->every_file().size(), 4U);
    EXPECT_TRUE(pack->verify());
    write("pack/n.json", "another");
    EXPECT_THAT(pack->verify().error().message,
                AllOf(HasSubstr("n.json"), HasSubstr(hash("mine")), HasSubstr(hash("another"))));
    write("pack/n.json", "mine");
    write("pack/calibration.json", "{ }");
    EXPECT_THAT(pack->verify().error().message,
                AllOf(HasSubstr("calibration.json"), HasSubstr(hash("{}")), HasSubstr(hash("{ }"))));
    const auto to_be_made = ModelPack::open((root_ / "pack").string(), Curve::kToBeMade);
    ASSERT_TRUE(to_be_made);
    EXPECT_TRUE(to_be_made->verify());
}

TEST_F(Pack, SaysWhomTheCurveWasMeasuredOn) {
    const auto pack = open();
    ASSERT_TRUE(pack);
    ASSERT_EQ(pack->measured_on.size(), 1U);
    EXPECT_EQ(pack->measured_on[0].group, "g");
    EXPECT_EQ(pack->measured_on[0].people, 7U);
    EXPECT_EQ(pack->measured_on[0].composition, "3 women, 4 men");
}

TEST_F(Pack, BrokenManifestsAreRefusedWithTheReason) {
    const std::pair<std::string, const char*> cases[] = {
        {"name = ", "line 1"},
        {"version = \"1\"\n", "`name`"},
        {"name = \"toy\"\nversion = \"one\"\n", "`one`"},
        {"name = \"toy\"\nversion = \"1\"\ndimension = 0\n", "`dimension`"},
        {"name = \"toy\"\nversion = \"1\"\ndimension = 4\ncalibration = \"calibration.json\"\n",
         "`calibration_sha256`"},
        {"name = \"toy\"\nversion = \"1\"\ndimension = 4\ncalibration_sha256 = \"12\"\n", "`12`"},
        {"name = \"toy\"\nversion = \"1\"\ndimension = 4\nnormalisation = \"n.json\"\n",
         "`normalisation_sha256`"},
        {"name = \"toy\"\nversion = \"1\"\ndimension = 4\ncalibration_sha256 = \"" + hash("{}") + "\"\n",
         "`detector`"}};
    for (const auto& [text, reason] : cases) {
        write("pack/pack.toml", text);
        const auto pack = open();
        ASSERT_FALSE(pack) << text;
        EXPECT_THAT(pack.error().message, HasSubstr(reason));
    }
}

TEST_F(Pack, IsFoundByItsDirectoryOrTheFolderAboveDefault) {
    fs::create_directories(root_ / "models");
    fs::rename(root_ / "pack", root_ / "models" / "default");
    EXPECT_EQ(find_pack((root_ / "models").string()), (root_ / "models" / "default").string());
    EXPECT_EQ(find_pack((root_ / "models" / "default").string()), (root_ / "models" / "default").string());
    EXPECT_EQ(packs_below((root_ / "models").string()).size(), 1U);
    EXPECT_THAT(packs_below((root_ / "models" / "default").string()),
                testing::ElementsAre((root_ / "models" / "default").string()));
    EXPECT_TRUE(packs_below((root_ / "nowhere").string()).empty());
    const auto none = find_pack((root_ / "cache").string());
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace visavis::infer
