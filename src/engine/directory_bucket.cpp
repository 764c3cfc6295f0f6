#include "engine/directory_bucket.h"

#include <filesystem>

#include <fmt/format.h>

#include "base/file.h"
#include "base/limits.h"

namespace visavis::engine {
namespace {

namespace fs = std::filesystem;

bool is_below(const fs::path& path, const fs::path& directory) {
    const auto relative = path.lexically_relative(directory);
    return !relative.empty() && *relative.begin() != ".." && *relative.begin() != ".";
}

}  // namespace

Result<Bytes> read_from_directory(const std::string& directory, const S3Object& object) {
    const auto missing = [&] {
        return no_object(fmt::format("There is no object `{}` in bucket `{}`.", object.name, object.bucket));
    };
    if (object.version)
        return no_object(fmt::format("Bucket `{}` is a directory and keeps no versions.", object.bucket));
    const fs::path name(object.name);
    if (name.is_absolute() || object.name.contains('\0')) return missing();
    for (const fs::path& part : name)
        if (part == "..") return missing();
    // What links lead to counts, for the directory itself and for the file.
    std::error_code failed;
    const fs::path base = fs::canonical(directory, failed);
    if (failed) return missing();
    const fs::path path = fs::canonical(base / name, failed);
    if (failed || !is_below(path, base) || !fs::is_regular_file(path, failed)) return missing();
    if (const auto size = fs::file_size(path, failed); !failed && size > limits::kStoredImageBytes)
        return fail(ErrorCode::kImageTooLarge,
                    fmt::format("Image size is too large. `{}` in bucket `{}` has {} bytes; it may have {}.",
                                object.name, object.bucket, size, limits::kStoredImageBytes));
    auto bytes = read_file(path.string(), limits::kStoredImageBytes);
    if (!bytes) return missing();
    if (bytes->empty()) return no_object(fmt::format("Object `{}` is empty.", object.name));
    return bytes;
}

}  // namespace visavis::engine
