#include "audit/tree_hash.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "base/bytes.h"

namespace visavis::audit {

namespace fs = std::filesystem;

Result<Sha256> hash_of_tree(const std::string& place) {
    std::error_code problem;
    if (!fs::is_directory(place, problem)) return sha256_of_file(place);
    std::vector<std::string> files;
    for (fs::recursive_directory_iterator at(place, problem), end; !problem && at != end;
         at.increment(problem))
        if (at->is_regular_file(problem) && !problem)
            files.push_back(at->path().lexically_relative(place).string());
    if (problem) return fail(ErrorCode::kNotFound, fmt::format("folder `{}` cannot be read", place));
    std::ranges::sort(files);
    Sha256Stream stream;
    for (const std::string& file : files) {
        const auto content = sha256_of_file((fs::path(place) / file).string());
        if (!content) return std::unexpected(content.error());
        stream.update(as_bytes(fmt::format("{} {}\n", to_hex(*content), file)));
    }
    return stream.finish();
}

}  // namespace visavis::audit
