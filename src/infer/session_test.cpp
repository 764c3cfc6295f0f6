#include "infer/session.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <filesystem>

#include <gtest/gtest.h>

namespace visavis::infer {
namespace {

/// The mesh's network: it ends in a transpose of sides of length 1.
Result<ModelFile> mesh() {
    const auto pack = ModelPack::open(VISAVIS_SOURCE_DIR "/models/default");
    if (!pack) return std::unexpected(pack.error());
    const auto file = pack->file("mesh");
    if (!file) return std::unexpected(file.error());
    return **file;
}

std::vector<float> run(const ModelFile& file, bool exact) {
    auto session = Session::open(
        file, {.cache_directory = {}, .input_shape = {}, .outputs = {}, .exact_outputs = exact});
    if (!session) throw std::runtime_error(session.error().message);
    std::ranges::fill(session->input(), 0.5F);
    if (const auto ran = session->run(); !ran) throw std::runtime_error(ran.error().message);
    const auto values = session->output("conv2d_20").values;
    return {values.begin(), values.end()};
}

/// Whether a number has more than the eight significant bits of bf16.
bool is_finer_than_bf16(float value) {
    return (std::bit_cast<std::uint32_t>(value) & 0xFFFFU) != 0;
}

TEST(Session, ExactOutputsAreTheSameNumbersUnrounded) {
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "TBB loads a library with RTLD_DEEPBIND, which AddressSanitizer ends the program for; "
                    "without it this test runs";
#endif
    const auto file = mesh();
    ASSERT_TRUE(file) << file.error().message;
    if (!std::filesystem::exists(file->path)) GTEST_SKIP() << "no networks: scripts/setup fetches them";
    const auto plain = run(*file, false);
    const auto exact = run(*file, true);
    ASSERT_EQ(exact.size(), 1404U);
    ASSERT_EQ(exact.size(), plain.size());
    EXPECT_GT(std::ranges::count_if(exact, is_finer_than_bf16), 1000);
    for (std::size_t i = 0; i < exact.size(); ++i)
        EXPECT_NEAR(exact[i], plain[i], std::abs(exact[i]) / 128 + 0.01) << "place " << i;
}

}  // namespace
}  // namespace visavis::infer
