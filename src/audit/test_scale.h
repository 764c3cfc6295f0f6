// The similarity scale that the audits' tests measure with.
#pragma once

#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <unistd.h>

#include "match/similarity_scale.h"

namespace visavis::audit {

/// Similarity 100 · score: a straight line from 1 at score 0 to 1e-7 at 1.
inline match::SimilarityScale straight_scale() {
    const std::string file = testing::TempDir() + "visavis-scale-" + std::to_string(::getpid()) + ".json";
    FILE* out = std::fopen(file.c_str(), "w");
    (void)std::fputs(R"({"format":1,"score":"c","last_measured_score":0.5,"points":[{"score":0,"log10_fmr":0},
                  {"score":1,"log10_fmr":-7}]})",
                     out);
    (void)std::fclose(out);
    auto scale = match::SimilarityScale::load(file);
    std::filesystem::remove(file);
    return *std::move(scale);
}

}  // namespace visavis::audit
