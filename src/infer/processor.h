// What the networks run on.
#pragma once

#include <string>
#include <vector>

namespace visavis::infer {

struct Processor {
    std::string name;                   ///< as the processor gives it
    std::vector<std::string> features;  ///< those that decide speed, e.g. `avx2`, `avx512_bf16`
    std::string precision;              ///< in which networks run by default: `bf16` or `f32`
};

/// This machine's processor. Thread-safe.
[[nodiscard]] Processor processor();

}  // namespace visavis::infer
