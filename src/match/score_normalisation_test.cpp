#include "match/score_normalisation.h"

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/digest.h"

namespace visavis::match {
namespace {

using testing::HasSubstr;

class NormalisationFile : public testing::Test {
  protected:
    void SetUp() override { std::filesystem::create_directories(folder_); }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    /// Two dimensions: constant, linear 2, upper triangle 3; for μ, then for log σ.
    void write(const std::vector<float>& values, const std::string& extra = {}) {
        std::string bytes(values.size() * sizeof(float), 0);
        std::memcpy(bytes.data(), values.data(), bytes.size());
        std::ofstream(folder_ + "/n.bin", std::ios::binary) << bytes;
        std::ofstream(folder_ + "/n.json")
            << fmt::format(R"({{"format":1,"score":"test","dimension":2,"file":"n.bin","sha256":"{}",)"
                           R"("mu":{{"low":-1,"high":1}},"log_sigma":{{"low":-3,"high":0}}{}}})",
                           to_hex(sha256(as_bytes(bytes))), extra);
    }
    Result<ScoreNormaliser> load(std::size_t dimension = 2) {
        return ScoreNormaliser::load(folder_ + "/n.json", dimension);
    }

    std::string folder_ = testing::TempDir() + "visavis-normalisation-" + std::to_string(::getpid());
};

TEST_F(NormalisationFile, EvaluatesTheQuadraticForm) {
    write({0.1F, 0.2F, 0.3F, 0.4F, 0.5F, 0.6F, -2, 0, 0, 0, 0, 0});
    const auto normaliser = load();
    ASSERT_TRUE(normaliser) << normaliser.error().message;
    const std::vector<float> x = {0.6F, -0.8F};
    const double mu = 0.1 + 0.2 * 0.6 - 0.3 * 0.8 + 0.4 * 0.36 - 0.5 * 0.48 + 0.6 * 0.64;
    const Normalisation found = normaliser->of(x);
    EXPECT_NEAR(found.weight, std::exp(2), 1e-5);
    EXPECT_NEAR(found.offset / found.weight, mu, 1e-6);
    EXPECT_NEAR(normalised(0.5, found, found), (0.5 - mu) * std::exp(2), 1e-5);
}

TEST_F(NormalisationFile, ValuesStayInTheRangeOfTheCohort) {
    write({50, 0, 0, 0, 0, 0, 50, 0, 0, 0, 0, 0});
    const auto normaliser = load();
    ASSERT_TRUE(normaliser);
    const Normalisation found = normaliser->of(std::vector<float>{1, 0});
    EXPECT_FLOAT_EQ(found.weight, 1);
    EXPECT_FLOAT_EQ(found.offset, 1);
}

TEST_F(NormalisationFile, WithoutAFileAScoreIsTheCosine) {
    const Normalisation found = ScoreNormaliser().of(std::vector<float>{1, 0});
    EXPECT_EQ(found, Normalisation{});
    EXPECT_EQ(ScoreNormaliser().score_name(), "cosine");
}

TEST_F(NormalisationFile, AlteredAndForeignFilesAreRefused) {
    write({0, 0, 0, 0, 0, 0, -2, 0, 0, 0, 0, 0});
    EXPECT_THAT(load(3).error().message, HasSubstr("not the pack's 3"));
    std::ofstream(folder_ + "/n.bin", std::ios::binary | std::ios::app) << "x";
    EXPECT_THAT(load().error().message, HasSubstr("SHA-256 is"));
    write({0, 0, 0, 0, 0, 0, -2, 0, 0, 0, 0});
    EXPECT_THAT(load().error().message, HasSubstr("44 bytes, expected 48"));
    write({std::nanf(""), 0, 0, 0, 0, 0, -2, 0, 0, 0, 0, 0});
    EXPECT_THAT(load().error().message, HasSubstr("not finite"));
    EXPECT_THAT(ScoreNormaliser::load("/nowhere", 2).error().message, HasSubstr("/nowhere"));
}

TEST(ScoreNormalisation, TheShippedFileLoads) {
    const auto normaliser =
        ScoreNormaliser::load(std::string(VISAVIS_SOURCE_DIR) + "/models/default/normalisation.json", 128);
    ASSERT_TRUE(normaliser) << normaliser.error().message;
    std::vector<float> x(128, 0);
    x[5] = 1;
    const Normalisation found = normaliser->of(x);
    EXPECT_GT(found.weight, 5) << "σ of strangers' scores is well below 0.2";
    EXPECT_LT(found.weight, 15);
}

}  // namespace
}  // namespace visavis::match
