// For libFuzzer: writes the target's seeds into the corpus folder named on the command line, so that coverage
// starts from valid inputs. mutate.cpp asks for them directly.
#include <filesystem>
#include <fstream>
#include <string>

#include "fuzz.h"

extern "C" int LLVMFuzzerInitialize(const int* argc, char*** argv) {
    for (int i = 1; i < *argc; ++i) {
        const std::filesystem::path folder((*argv)[i]);
        if (!std::filesystem::is_directory(folder)) continue;
        int number = 0;
        for (const auto& seed : fuzz_seeds()) {
            std::ofstream file(folder / ("seed-" + std::to_string(number++)), std::ios::binary);
            file.write(reinterpret_cast<const char*>(seed.data()), static_cast<std::streamsize>(seed.size()));
        }
        break;
    }
    return 0;
}
