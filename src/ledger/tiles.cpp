#include "ledger/tiles.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "base/file.h"

namespace visavis::ledger {
namespace {

constexpr std::size_t kMostFileBytes = kMostBundleBytes;

/// A decimal number of exactly `digits` digits (0: as many as needed, without leading zeros).
std::optional<std::uint64_t> number(std::string_view text, std::size_t digits) {
    if (text.empty() || (digits != 0 && text.size() != digits)) return std::nullopt;
    if (digits == 0 && text.size() > 1 && text.front() == '0') return std::nullopt;
    if (!std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
    std::uint64_t value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// Reads a tile, or, if it is partial and gone, the full one that grew from it.
Result<Bytes> read_tile_file(const LogReader& reader, TileId& tile) {
    auto bytes = reader.read(tile_path(tile));
    if (bytes || bytes.error().code != ErrorCode::kNotFound || tile.width == kTileWidth) return bytes;
    TileId full = tile;
    full.width = kTileWidth;
    auto grown = reader.read(tile_path(full));
    if (!grown) return grown.error().code == ErrorCode::kNotFound ? bytes : grown;
    tile = full;
    return grown;
}

Error malformed(const TileId& tile, const Error& error) {
    return {ErrorCode::kInternal, fmt::format("`{}` is damaged: {}", tile_path(tile), error.message)};
}

}  // namespace

std::string tile_path(const TileId& tile) {
    std::string digits = fmt::format("{:03}", tile.index % 1000);
    for (std::uint64_t rest = tile.index / 1000; rest > 0; rest /= 1000)
        digits = fmt::format("x{:03}/{}", rest % 1000, digits);
    std::string path =
        tile.entries ? fmt::format("tile/entries/{}", digits) : fmt::format("tile/{}/{}", tile.level, digits);
    if (tile.width != kTileWidth) path += fmt::format(".p/{}", tile.width);
    return path;
}

Result<TileId> parse_tile_path(std::string_view path) {
    const auto wrong = [&] {
        return fail(ErrorCode::kInvalidParameter, fmt::format("`{}` is not the path of a tile", path));
    };
    TileId tile;
    std::string_view rest = path;
    if (!rest.starts_with("tile/")) return wrong();
    rest.remove_prefix(5);
    const auto slash = rest.find('/');
    if (slash == std::string_view::npos) return wrong();
    if (rest.substr(0, slash) == "entries") {
        tile.entries = true;
    } else {
        const auto level = number(rest.substr(0, slash), 0);
        if (!level || *level > 7) return wrong();
        tile.level = static_cast<unsigned>(*level);
    }
    rest.remove_prefix(slash + 1);
    if (const auto partial = rest.find(".p/"); partial != std::string_view::npos) {
        const auto width = number(rest.substr(partial + 3), 0);
        if (!width || *width < 1 || *width >= kTileWidth) return wrong();
        tile.width = static_cast<unsigned>(*width);
        rest = rest.substr(0, partial);
    }
    int groups = 0;
    while (rest.starts_with('x')) {
        if (rest.size() < 5 || rest[4] != '/') return wrong();
        const auto part = number(rest.substr(1, 3), 3);
        if (!part || ++groups > 5) return wrong();  // 10^18 tiles are more than a tree can have
        tile.index = tile.index * 1000 + *part;
        rest.remove_prefix(5);
    }
    const auto part = number(rest, 3);
    if (!part) return wrong();
    tile.index = tile.index * 1000 + *part;
    // The one spelling that tile_path writes: no leading x000.
    if (tile_path(tile) != path) return wrong();
    return tile;
}

TileId tile_at(bool entries, unsigned level, std::uint64_t index, std::uint64_t size) {
    const std::uint64_t hashes = level >= 8 ? 0 : size >> (8 * level);
    const std::uint64_t first = index * kTileWidth;
    const std::uint64_t width = first >= hashes ? 0 : std::min<std::uint64_t>(hashes - first, kTileWidth);
    return {.entries = entries, .level = level, .index = index, .width = static_cast<unsigned>(width)};
}

Bytes encode_tile(std::span<const Hash> hashes) {
    Bytes bytes;
    bytes.reserve(hashes.size() * sizeof(Hash));
    for (const Hash& hash : hashes) bytes.insert(bytes.end(), hash.begin(), hash.end());
    return bytes;
}

Result<std::vector<Hash>> decode_tile(ByteView bytes, unsigned width) {
    if (bytes.size() != width * sizeof(Hash))
        return fail(ErrorCode::kInvalidParameter, fmt::format("it has `{}` bytes instead of {} for {} hashes",
                                                              bytes.size(), width * sizeof(Hash), width));
    std::vector<Hash> hashes(width);
    for (std::size_t i = 0; i < width; ++i)
        std::ranges::copy(bytes.subspan(i * sizeof(Hash), sizeof(Hash)), hashes[i].begin());
    return hashes;
}

void add_to_bundle(Bytes& bundle, ByteView entry) {
    bundle.push_back(static_cast<std::uint8_t>(entry.size() >> 8));
    bundle.push_back(static_cast<std::uint8_t>(entry.size() & 0xff));
    bundle.insert(bundle.end(), entry.begin(), entry.end());
}

Result<std::vector<Bytes>> decode_bundle(ByteView bytes, unsigned width) {
    std::vector<Bytes> entries;
    entries.reserve(width);
    for (unsigned i = 0; i < width; ++i) {
        if (bytes.size() < 2)
            return fail(ErrorCode::kInvalidParameter,
                        fmt::format("it ends after `{}` of {} entries", i, width));
        const std::size_t length = static_cast<std::size_t>(bytes[0]) << 8 | bytes[1];
        if (bytes.size() - 2 < length)
            return fail(ErrorCode::kInvalidParameter, fmt::format("entry {} of the bundle is cut short", i));
        entries.emplace_back(bytes.begin() + 2, bytes.begin() + 2 + static_cast<std::ptrdiff_t>(length));
        bytes = bytes.subspan(2 + length);
    }
    if (!bytes.empty())
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("`{}` bytes follow its {} entries", bytes.size(), width));
    return entries;
}

Result<Bytes> DirectoryReader::read(const std::string& path) const {
    return read_file(directory_ + "/" + path, kMostFileBytes);
}

Result<Hash> TileTree::node(unsigned level, std::uint64_t index) const {
    const unsigned tile_level = level / 8;
    const unsigned within = level % 8;
    const std::uint64_t first = index << within;  // of the tile level's hashes
    const TileId wanted = tile_at(false, tile_level, first / kTileWidth, size_);
    const auto offset = static_cast<std::size_t>(first % kTileWidth);
    const std::size_t count = std::size_t{1} << within;
    if (offset + count > wanted.width)
        return fail(ErrorCode::kInternal, "a node outside the tree was asked for");
    const auto known = std::ranges::find_if(read_, [&](const auto& tile) {
        return tile.first.level == wanted.level && tile.first.index == wanted.index;
    });
    if (known != read_.end()) return root_of(std::span(known->second).subspan(offset, count));
    TileId tile = wanted;
    const auto bytes = read_tile_file(reader_, tile);
    if (!bytes) return std::unexpected(bytes.error());
    auto hashes = decode_tile(*bytes, tile.width);
    if (!hashes) return std::unexpected(malformed(tile, hashes.error()));
    read_.emplace_back(tile, std::move(*hashes));
    return root_of(std::span(read_.back().second).subspan(offset, count));
}

Result<std::vector<Bytes>> read_bundle(const LogReader& reader, std::uint64_t index, std::uint64_t size) {
    const TileId wanted = tile_at(true, 0, index, size);
    if (wanted.width == 0)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("bundle `{}` is not in a tree of {} entries", index, size));
    TileId tile = wanted;
    const auto bytes = read_tile_file(reader, tile);
    if (!bytes) return std::unexpected(bytes.error());
    auto entries = decode_bundle(*bytes, tile.width);
    if (!entries) return std::unexpected(malformed(tile, entries.error()));
    entries->resize(wanted.width);
    return entries;
}

Result<Bytes> read_entry(const LogReader& reader, std::uint64_t index, std::uint64_t size) {
    if (index >= size)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("index `{}` is not below the tree's size `{}`", index, size));
    auto entries = read_bundle(reader, index / kTileWidth, size);
    if (!entries) return std::unexpected(entries.error());
    return std::move((*entries)[index % kTileWidth]);
}

}  // namespace visavis::ledger
