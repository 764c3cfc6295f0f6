#include "infer/processor.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

namespace visavis::infer {
namespace {

constexpr std::array kFeatures = {"sse4_1",      "sse4_2",      "avx",      "avx2",     "fma",
                                  "avx512f",     "avx512bw",    "avx512vl", "avx512dq", "avx512_vnni",
                                  "avx512_vbmi", "avx512_bf16", "amx_bf16", "amx_int8"};

}  // namespace

Processor processor() {
    Processor found{.name = "unknown", .features = {}, .precision = "f32"};
    std::ifstream file("/proc/cpuinfo");
    std::string line;
    std::vector<std::string> flags;
    while (std::getline(file, line) && (flags.empty() || found.name == "unknown")) {
        const auto colon = line.find(": ");
        if (colon == std::string::npos) continue;
        const std::string value = line.substr(colon + 2);
        if (line.starts_with("model name")) found.name = value;
        if (!line.starts_with("flags")) continue;
        std::istringstream words(value);
        for (std::string word; words >> word;) flags.push_back(word);
    }
    for (const char* feature : kFeatures)
        if (std::ranges::find(flags, feature) != flags.end()) found.features.emplace_back(feature);
    const auto has = [&](const char* feature) {
        return std::ranges::find(found.features, feature) != found.features.end();
    };
    if (has("avx512_bf16") || has("amx_bf16")) found.precision = "bf16";
    return found;
}

}  // namespace visavis::infer
