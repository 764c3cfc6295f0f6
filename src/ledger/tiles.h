// Tiles of C2SP tlog-tiles (https://c2sp.org/tlog-tiles): a tree cut into files of 256 hashes (height 8), and
// the entries into bundles of 256. Files never change once a checkpoint covers them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "ledger/tree.h"

namespace visavis::ledger {

inline constexpr unsigned kTileWidth = 256;
inline constexpr std::size_t kMostEntryBytes = 65535;  // a bundle gives each entry's length in two bytes
inline constexpr std::size_t kMostBundleBytes = kTileWidth * (kMostEntryBytes + 2);

/// A tile or, with `entries`, a bundle. Hash i of tile (level, index) is that of node (8·level, 256·index +
/// i).
struct TileId {
    bool entries{};    ///< a bundle of entries; level is then 0
    unsigned level{};  ///< 0…7
    std::uint64_t index{};
    unsigned width{kTileWidth};  ///< 1…256 hashes or entries; below 256 the tile is partial

    friend bool operator==(const TileId&, const TileId&) = default;
};

/// e.g. `tile/0/x001/234`, `tile/1/000.p/17`, `tile/entries/x001/x234/067`.
[[nodiscard]] std::string tile_path(const TileId& tile);

/// The tile that a path of exactly that form names; kInvalidParameter for every other text.
[[nodiscard]] Result<TileId> parse_tile_path(std::string_view path);

/// The tile (or bundle) with this level and index in a tree of `size` entries; its width is 0 if it does not
/// exist.
[[nodiscard]] TileId tile_at(bool entries, unsigned level, std::uint64_t index, std::uint64_t size);

[[nodiscard]] Bytes encode_tile(std::span<const Hash> hashes);
/// kInvalidParameter unless there are exactly `width` hashes.
[[nodiscard]] Result<std::vector<Hash>> decode_tile(ByteView bytes, unsigned width);

/// Adds an entry of at most kMostEntryBytes to a bundle's bytes.
void add_to_bundle(Bytes& bundle, ByteView entry);
/// The entries of a bundle, in order; kInvalidParameter unless there are exactly `width` and nothing more.
[[nodiscard]] Result<std::vector<Bytes>> decode_bundle(ByteView bytes, unsigned width);

/// Where a log's public files are read from: a directory or a web address.
class LogReader {
  public:
    LogReader() = default;
    LogReader(const LogReader&) = delete;
    LogReader& operator=(const LogReader&) = delete;
    virtual ~LogReader() = default;

    /// The file with this path below the log's prefix, e.g. `checkpoint`. kNotFound if there is none,
    /// kUnavailable or kInternal if it cannot be read.
    [[nodiscard]] virtual Result<Bytes> read(const std::string& path) const = 0;
};

/// A log on this machine. Thread-safe.
class DirectoryReader final : public LogReader {
  public:
    explicit DirectoryReader(std::string directory) : directory_(std::move(directory)) {}
    [[nodiscard]] Result<Bytes> read(const std::string& path) const override;

  private:
    std::string directory_;
};

/// Nodes of the tree of `size` entries, from a log's tile files. Reads each tile at most once. Not
/// thread-safe.
class TileTree final : public NodeReader {
  public:
    TileTree(const LogReader& reader, std::uint64_t size) : reader_(reader), size_(size) {}

    /// kNotFound, naming the tile, if neither it nor the full tile that grew from it is there; kInternal if
    /// it is malformed.
    [[nodiscard]] Result<Hash> node(unsigned level, std::uint64_t index) const override;

  private:
    const LogReader& reader_;
    std::uint64_t size_;
    mutable std::vector<std::pair<TileId, std::vector<Hash>>> read_;
};

/// The bundle's entries: a partial bundle that has grown since is read from the full one. Errors as
/// TileTree's.
[[nodiscard]] Result<std::vector<Bytes>> read_bundle(const LogReader& reader, std::uint64_t index,
                                                     std::uint64_t size);

/// Entry `index` of the tree of `size`. kInvalidParameter unless index < size; otherwise as read_bundle.
[[nodiscard]] Result<Bytes> read_entry(const LogReader& reader, std::uint64_t index, std::uint64_t size);

}  // namespace visavis::ledger
