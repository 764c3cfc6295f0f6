// What a fuzz target gives its driver.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

/// One input; must return 0 and must not crash, leak, read past `size` or take long, whatever the bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

/// Valid inputs to start from.
std::vector<std::vector<std::uint8_t>> fuzz_seeds();
