#include "index_files.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <iterator>

#include <fmt/format.h>

namespace visavis::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostCharacters = 255;  // of an ExternalImageId

bool is_image(const fs::path& path) {
    std::string ending = path.extension().string();
    std::ranges::transform(ending, ending.begin(), [](unsigned char c) { return std::tolower(c); });
    return ending == ".jpg" || ending == ".jpeg" || ending == ".png";
}

}  // namespace

Result<ImageFiles> image_files(const std::vector<std::string>& paths) {
    ImageFiles files;
    for (const std::string& path : paths) {
        std::error_code failed;
        if (!fs::is_directory(path, failed)) {
            files.images.push_back(path);
            continue;
        }
        std::vector<std::string> found;
        for (auto entry = fs::recursive_directory_iterator(path, failed);
             !failed && entry != fs::recursive_directory_iterator(); entry.increment(failed)) {
            if (!entry->is_regular_file()) continue;
            if (is_image(entry->path()))
                found.push_back(entry->path().string());
            else
                ++files.passed_over;
        }
        if (failed)
            return fail(ErrorCode::kInvalidParameter,
                        fmt::format("`{}` cannot be read: {}", path, failed.message()));
        std::ranges::sort(found);
        std::ranges::move(found, std::back_inserter(files.images));
    }
    if (files.images.empty())
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("`{}` holds no file that ends in .jpg, .jpeg or .png", paths.front()));
    return files;
}

Result<std::string> external_id(const std::string& path) {
    std::string id;
    for (const char c : fs::path(path).stem().string()) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80 && (std::isalnum(byte) != 0 || c == '_' || c == '.' || c == '-'))
            id += c;
        else
            id += fmt::format(":{:02X}", byte);
    }
    if (id.empty() || id.size() > kMostCharacters)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("its name makes an ExternalImageId of {} characters; 1 to {} are possible",
                                id.size(), kMostCharacters));
    return id;
}

}  // namespace visavis::app
