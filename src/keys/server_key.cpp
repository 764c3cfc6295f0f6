#include "keys/server_key.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/file.h"

namespace visavis::keys {

Result<SealKey> open_server_key(const std::string& file, bool may_create) {
    struct stat status{};
    if (::stat(file.c_str(), &status) != 0) {
        if (!may_create)
            return fail(ErrorCode::kNotFound,
                        fmt::format("there is no server key `{}`: what lies beside it cannot be read without "
                                    "it; put the key back from your backup, or mount the disk that holds it",
                                    behind_links(file)));
        const SealKey fresh = SealKey::generate();
        if (const auto written = replace_file(file, fresh.bytes()); !written)
            return std::unexpected(written.error());
        return {fresh};
    }
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return fail(ErrorCode::kInternal,
                    fmt::format("the server key `{}` has mode {:o}, so others may read or change it; run "
                                "`chmod 600` on it, and replace it if it may have been read",
                                file, status.st_mode & 07777U));
    const auto content = read_file(file, 4096);
    if (!content) return std::unexpected(content.error());
    if (content->size() != kSealKeyBytes)
        return fail(ErrorCode::kInternal, fmt::format("the server key `{}` has {} bytes instead of {}; put "
                                                      "the key back from your backup",
                                                      file, content->size(), kSealKeyBytes));
    return SealKey::from_bytes(*content);
}

}  // namespace visavis::keys
