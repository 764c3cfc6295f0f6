#include "ledger/log_files.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <set>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace visavis::ledger {
namespace {

constexpr std::size_t kMostKeyBytes = 4096;

std::unexpected<Error> system_failure(std::string_view what, const std::string& path) {
    const int code = errno;
    return fail(
        ErrorCode::kUnavailable,
        code == ENOSPC || code == EDQUOT
            ? fmt::format("the disk is full: cannot {} `{}`; free some space, nothing was lost", what, path)
            : fmt::format("cannot {} `{}`: {}", what, path, std::strerror(code)));
}

constexpr std::size_t kFilesAtOnce = 128;

Result<FileDescriptor> write_unsynced(const std::string& path, ByteView content, mode_t mode) {
    FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
    if (!file) return system_failure("create", path);
    while (!content.empty()) {
        const auto written = ::write(file.get(), content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return system_failure("write", path);
        content = content.subspan(static_cast<std::size_t>(written));
    }
    // The disk begins at once; the sync that follows finds most of it done.
    ::sync_file_range(file.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
    return file;
}

/// Written together, synced together, renamed together: one wait for the disk instead of one a file.
Result<void> write_some(const std::string& directory, std::span<const TileFile> files, mode_t mode) {
    std::vector<FileDescriptor> open;
    std::vector<std::string> paths;
    for (const TileFile& file : files) {
        paths.push_back(directory + "/" + tile_path(file.tile));
        auto written = write_unsynced(paths.back() + ".new", file.content, mode);
        if (!written) return std::unexpected(written.error());
        open.push_back(std::move(*written));
    }
    for (std::size_t i = 0; i < open.size(); ++i)
        if (::fdatasync(open[i].get()) != 0) return system_failure("sync", paths[i] + ".new");
    for (const auto& path : paths)
        if (::rename((path + ".new").c_str(), path.c_str()) != 0)
            return system_failure("rename", path + ".new");
    return {};
}

}  // namespace

Result<FileDescriptor> lock_directory(const std::string& directory) {
    const std::string path = directory + "/lock";
    FileDescriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!lock) return system_failure("open", path);
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return system_failure("lock", path);
        return fail(
            ErrorCode::kConflict,
            fmt::format("another process has the ledger `{}` open; only one may write it", directory));
    }
    return lock;
}

Result<void> write_tiles(const std::string& directory, std::span<const TileFile> files, mode_t mode) {
    std::set<std::string> directories;
    for (const TileFile& file : files) {
        const std::filesystem::path path = directory + "/" + tile_path(file.tile);
        for (auto parent = path.parent_path(); parent.native().size() >= directory.size();
             parent = parent.parent_path())
            if (!directories.insert(parent.native()).second) break;
        std::error_code error;
        std::filesystem::create_directories(path.parent_path(), error);
        if (error)
            return fail(ErrorCode::kUnavailable,
                        fmt::format("cannot create `{}`: {}", path.parent_path().native(), error.message()));
    }
    for (auto rest = files; !rest.empty(); rest = rest.subspan(std::min(rest.size(), kFilesAtOnce)))
        if (auto written = write_some(directory, rest.first(std::min(rest.size(), kFilesAtOnce)), mode);
            !written)
            return written;
    for (const auto& name : directories)
        if (auto synced = sync_directory(name); !synced) return synced;
    return {};
}

void remove_partials_of(const std::string& directory, std::span<const TileFile> complete) {
    for (const TileFile& file : complete) {
        if (file.tile.width != kTileWidth) continue;
        std::error_code error;
        std::filesystem::remove_all(directory + "/" + tile_path(file.tile) + ".p", error);
    }
}

Result<void> write_checkpoint(const std::string& directory, const Note& note) {
    return replace_file(directory + "/checkpoint", as_bytes(to_text(note)), 0644);
}

namespace {

/// kNotFound, or kInternal if others may read it.
Result<Bytes> read_secret(const std::string& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) == 0 && (status.st_mode & 077) != 0)
        return fail(
            ErrorCode::kInternal,
            fmt::format("others may read the ledger's private key `{}`: chmod 600 it, and rotate the key if "
                        "anyone can have read it",
                        path));
    return read_file(path, kMostKeyBytes);
}

Result<SigningKey> parse_key(std::string_view text, const std::string& path) {
    auto key = SigningKey::parse(text);
    if (!key) return fail(ErrorCode::kInternal, fmt::format("`{}`: {}", path, key.error().message));
    return key;
}

}  // namespace

Result<SigningKey> read_key(const std::string& directory) {
    const std::string path = directory + "/key";
    const auto bytes = read_secret(path);
    if (!bytes) return std::unexpected(bytes.error());
    return parse_key(as_text(*bytes), path);
}

Result<void> write_key(const std::string& directory, const SigningKey& key) {
    if (auto written = replace_file(directory + "/key", as_bytes(key.to_text()), 0600); !written)
        return written;
    if (auto written = replace_file(directory + "/log.vkey", as_bytes(to_text(key.verifier()) + "\n"), 0644);
        !written)
        return written;
    std::error_code error;
    std::filesystem::remove(directory + "/key.next", error);
    return {};
}

Result<std::optional<NextKey>> read_next_key(const std::string& directory) {
    const std::string path = directory + "/key.next";
    const auto bytes = read_secret(path);
    if (!bytes && bytes.error().code == ErrorCode::kNotFound) return std::nullopt;
    if (!bytes) return std::unexpected(bytes.error());
    std::string_view text = as_text(*bytes);
    const auto space = text.find(' ');
    const auto end = text.find('\n');
    const auto damaged = [&] { return fail(ErrorCode::kInternal, fmt::format("`{}` is damaged", path)); };
    if (space == std::string_view::npos || end == std::string_view::npos || space > end) return damaged();
    std::uint64_t index{};
    const auto [rest, wrong] = std::from_chars(text.begin(), text.begin() + space, index);
    const auto leaf = from_hex(text.substr(space + 1, end - space - 1));
    if (wrong != std::errc{} || rest != text.begin() + space || !leaf || leaf->size() != sizeof(Hash))
        return damaged();
    auto key = parse_key(text.substr(end + 1), path);
    if (!key) return std::unexpected(key.error());
    NextKey next{.index = index, .leaf = {}, .key = std::move(*key)};
    std::ranges::copy(*leaf, next.leaf.begin());
    return next;
}

Result<void> write_next_key(const std::string& directory, const NextKey& next) {
    return replace_file(directory + "/key.next",
                        as_bytes(fmt::format("{} {}\n{}", next.index, to_hex(next.leaf), next.key.to_text())),
                        0600);
}

}  // namespace visavis::ledger
