// The right edge of a growing tree: what is needed to add entries and to write tiles, in memory that does not
// grow with the tree.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "ledger/tiles.h"

namespace visavis::ledger {

/// A file of the log and its content.
struct TileFile {
    TileId tile;
    Bytes content;
};

/// Not thread-safe.
class TreeBuilder {
  public:
    /// The edge of the tree of `size` entries, read from its tiles; `root` must be its root. kInternal,
    /// naming the file, if a tile is missing, damaged or of another tree.
    [[nodiscard]] static Result<TreeBuilder> load(const LogReader& reader, std::uint64_t size,
                                                  const Hash& root);

    TreeBuilder() = default;

    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

    /// Adds an entry of at most kMostEntryBytes whose leaf hash is `leaf`. Files that it completes are kept
    /// until taken.
    void add(ByteView entry, const Hash& leaf);

    [[nodiscard]] Hash root() const;

    /// The files completed since the last call; then forgotten.
    [[nodiscard]] std::vector<TileFile> take_complete() { return std::exchange(complete_, {}); }

    /// The partial files of the tree as it is now.
    [[nodiscard]] std::vector<TileFile> partial() const;

  private:
    void complete(unsigned level);

    std::uint64_t size_{};
    std::vector<std::vector<Hash>> edge_;  // by tile level: hashes of the tile that is not full yet
    Bytes bundle_;                         // entries of the bundle that is not full yet
    std::vector<TileFile> complete_;
};

}  // namespace visavis::ledger
