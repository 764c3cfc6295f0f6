#include "ledger/copy_log.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "base/file.h"
#include "ledger/journal.h"
#include "ledger/log_files.h"

namespace visavis::ledger {
namespace {

namespace fs = std::filesystem;

constexpr int kMostAttempts = 50;
constexpr std::chrono::milliseconds kPause{20};
constexpr std::size_t kMostKeyBytes = 4096;
constexpr std::size_t kMostSegmentBytes = 16UL * 1024 * 1024 * 1024;
constexpr std::size_t kFilesAtOnce = 128;
constexpr std::string_view kSealedSuffix = ".sealed";
constexpr std::array kKeyNames = {"key", "key.next"};

std::string with_suffix(const std::string& path) {
    return path + std::string(kSealedSuffix);
}

Result<std::optional<std::string>> text_of(const std::string& path, std::size_t most) {
    const auto bytes = read_file(path, most);
    if (!bytes && bytes.error().code == ErrorCode::kNotFound) return std::nullopt;
    if (!bytes) return std::unexpected(bytes.error());
    return std::string(as_text(*bytes));
}

/// The content of log.vkey if the key in this file signed the checkpoint.
std::optional<std::string> verifier_text(const SignedCheckpoint& checkpoint, std::string_view key_file) {
    const auto line = key_file.find("PRIVATE+KEY");  // `key.next` has a line before it
    if (line == std::string_view::npos) return std::nullopt;
    const auto key = SigningKey::parse(key_file.substr(line));
    if (!key || !verifies(key->verifier(), checkpoint.note)) return std::nullopt;
    return to_text(key->verifier()) + "\n";
}

/// The journal's segments; false if one was removed meanwhile or they begin beyond the checkpoint.
Result<bool> copy_journal(const std::string& from, const std::string& to, std::uint64_t covered) {
    std::error_code error;
    fs::remove_all(to, error);
    if (auto made = make_private_directory(to); !made) return std::unexpected(made.error());
    std::vector<std::string> names;
    for (const auto& file : fs::directory_iterator(from, error))
        if (file.path().extension() == ".journal") names.push_back(file.path().filename().string());
    if (error) return fail(ErrorCode::kInternal, fmt::format("cannot read `{}`: {}", from, error.message()));
    std::ranges::sort(names);
    if (names.empty() || names.front() > fmt::format("{:020}.journal", covered)) return false;
    for (const auto& name : names) {
        const auto bytes = read_file(fmt::format("{}/{}", from, name), kMostSegmentBytes);
        if (!bytes && bytes.error().code == ErrorCode::kNotFound) return false;
        if (!bytes) return std::unexpected(bytes.error());
        if (auto written = replace_file(fmt::format("{}/{}", to, name), *bytes); !written)
            return std::unexpected(written.error());
    }
    return true;
}

/// Key, checkpoint and journal that belong together; nothing if they changed while they were read. log.vkey
/// is written from the key, not copied: another rotation may have replaced it meanwhile.
Result<std::optional<LogCopy>> copy_head(const std::string& from, const std::string& to, Note& note) {
    auto next_key = text_of(from + "/key.next", kMostKeyBytes);
    if (!next_key) return std::unexpected(next_key.error());
    auto key = text_of(from + "/key", kMostKeyBytes);
    if (!key) return std::unexpected(key.error());
    if (!*key)
        return fail(ErrorCode::kNotFound, fmt::format("`{}/key`, the log's private key, is missing", from));
    const auto text = text_of(from + "/checkpoint", kMostNoteBytes);
    if (!text) return std::unexpected(text.error());
    if (!*text) return fail(ErrorCode::kNotFound, fmt::format("there is no log in `{}`", from));
    auto checkpoint = parse_signed_checkpoint(**text);
    if (!checkpoint) return std::unexpected(checkpoint.error());
    auto verifier = verifier_text(*checkpoint, **key);
    if (!verifier && *next_key) verifier = verifier_text(*checkpoint, **next_key);
    if (!verifier) return std::nullopt;
    const auto whole = copy_journal(from + "/journal", to + "/journal", checkpoint->checkpoint.size);
    if (!whole) return std::unexpected(whole.error());
    if (!*whole) return std::nullopt;
    // A rotation that began after `key.next` was read may have its entry in the journal already.
    const auto next_now = text_of(from + "/key.next", kMostKeyBytes);
    if (!next_now) return std::unexpected(next_now.error());
    const auto key_now = text_of(from + "/key", kMostKeyBytes);
    if (!key_now) return std::unexpected(key_now.error());
    if (*key_now != *key || (*next_now && *next_now != *next_key)) return std::nullopt;
    if (auto written = replace_file(to + "/log.vkey", as_bytes(*verifier)); !written)
        return std::unexpected(written.error());
    note = std::move(checkpoint->note);
    return LogCopy{.checkpoint = std::move(checkpoint->checkpoint),
                   .size = 0,
                   .key = std::move(**key),
                   .next_key = std::move(*next_key)};
}

Result<Bytes> tile_content(const LogReader& reader, const TileId& tile, std::uint64_t size) {
    if (tile.entries) {
        const auto entries = read_bundle(reader, tile.index, size);
        if (!entries) return std::unexpected(entries.error());
        Bytes bundle;
        for (const Bytes& entry : *entries) add_to_bundle(bundle, entry);
        return bundle;
    }
    auto bytes = reader.read(tile_path(tile));
    if (bytes || bytes.error().code != ErrorCode::kNotFound || tile.width == kTileWidth) return bytes;
    // The partial tile went when the full one was written, which begins with it.
    TileId full = tile;
    full.width = kTileWidth;
    bytes = reader.read(tile_path(full));
    if (bytes) bytes->resize(std::min(bytes->size(), tile.width * sizeof(Hash)));
    return bytes;
}

Result<void> copy_tiles(const std::string& from, const std::string& to, std::uint64_t size) {
    const DirectoryReader reader(from);
    std::vector<TileFile> files;
    const auto flush = [&]() -> Result<void> {
        auto written = write_tiles(to, files, 0600);
        files.clear();
        return written;
    };
    const auto copy_level = [&](bool entries, unsigned level) -> Result<void> {
        for (std::uint64_t index = 0;; ++index) {
            const TileId tile = tile_at(entries, level, index, size);
            if (tile.width == 0) return {};
            auto content = tile_content(reader, tile, size);
            if (!content) return std::unexpected(content.error());
            files.push_back({.tile = tile, .content = std::move(*content)});
            if (files.size() < kFilesAtOnce) continue;
            if (auto written = flush(); !written) return written;
        }
    };
    if (auto done = copy_level(true, 0); !done) return done;
    for (unsigned level = 0; level < 8; ++level)
        if (auto done = copy_level(false, level); !done) return done;
    return flush();
}

}  // namespace

Result<LogCopy> copy_log(const std::string& from, const std::string& to) {
    if (auto made = make_private_directory(to); !made) return std::unexpected(made.error());
    for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
        Note note;
        auto copy = copy_head(from, to, note);
        if (!copy) return std::unexpected(copy.error());
        if (!*copy) {
            std::this_thread::sleep_for(kPause);
            continue;
        }
        // Counts the entries, and cuts what was being written when it was copied.
        const auto journal =
            Journal::open(to + "/journal", [](std::uint64_t, const JournalView&) { return Result<void>{}; });
        if (!journal) return std::unexpected(journal.error());
        (*copy)->size = std::max(journal->next(), (*copy)->checkpoint.size);
        if (auto done = copy_tiles(from, to, (*copy)->checkpoint.size); !done)
            return std::unexpected(done.error());
        if (auto written = replace_file(to + "/checkpoint", as_bytes(to_text(note))); !written)
            return std::unexpected(written.error());
        return std::move(**copy);
    }
    return fail(ErrorCode::kUnavailable,
                fmt::format("the log `{}` changed each time it was being copied; try again", from));
}

Result<void> write_copied_key(const LogCopy& copy, const std::string& to, const keys::SealKey* server_key) {
    const std::array<std::optional<std::string>, 2> texts = {copy.key, copy.next_key};
    for (std::size_t i = 0; i < texts.size(); ++i) {
        if (!texts[i]) continue;
        const std::string path = to + "/" + kKeyNames[i];
        const auto written =
            server_key == nullptr
                ? replace_file(path, as_bytes(*texts[i]))
                : replace_file(with_suffix(path), server_key->derive("ledger signing key")
                                                      .seal(as_bytes(*texts[i]), as_bytes(kKeyNames[i])));
        if (!written) return written;
    }
    return {};
}

Result<void> unseal_key(const std::string& directory, const keys::SealKey& server_key) {
    std::error_code error;
    if (fs::exists(directory + "/key", error)) return {};
    // `key` last: it is what says that this is done.
    for (const std::string name : {"key.next", "key"}) {
        const std::string path = fmt::format("{}/{}", directory, name);
        const auto sealed = read_file(with_suffix(path), kMostKeyBytes);
        if (!sealed && sealed.error().code == ErrorCode::kNotFound) continue;
        if (!sealed) return std::unexpected(sealed.error());
        const auto text = server_key.derive("ledger signing key").open(*sealed, as_bytes(name));
        if (!text)
            return fail(ErrorCode::kInternal, fmt::format("`{}` was sealed under another server key: the "
                                                          "server.key that belongs to it is needed",
                                                          with_suffix(path)));
        if (auto written = replace_file(path, *text); !written) return written;
    }
    for (const std::string_view name : kKeyNames)
        fs::remove(with_suffix(fmt::format("{}/{}", directory, name)), error);
    return {};
}

}  // namespace visavis::ledger
