#include "ledger/tree_builder.h"

#include <bit>
#include <span>

#include <fmt/format.h>

namespace visavis::ledger {

void TreeBuilder::add(ByteView entry, const Hash& leaf) {
    add_to_bundle(bundle_, entry);
    if (edge_.empty()) edge_.emplace_back();
    edge_[0].push_back(leaf);
    ++size_;
    if (edge_[0].size() < kTileWidth) return;
    complete_.push_back({.tile = {.entries = true, .level = 0, .index = size_ / kTileWidth - 1},
                         .content = std::exchange(bundle_, {})});
    complete(0);
}

void TreeBuilder::complete(unsigned level) {
    if (edge_.size() == level + 1) edge_.emplace_back();
    complete_.push_back(
        {.tile = {.entries = false, .level = level, .index = (size_ >> (8 * (level + 1))) - 1},
         .content = encode_tile(edge_[level])});
    edge_[level + 1].push_back(root_of(edge_[level]));
    edge_[level].clear();
    if (edge_[level + 1].size() == kTileWidth) complete(level + 1);
}

Hash TreeBuilder::root() const {
    if (size_ == 0) return empty_root();
    // The complete subtrees from left to right, each larger than the next, folded from the right.
    std::vector<Hash> subtrees;
    for (std::size_t level = edge_.size(); level-- > 0;) {
        std::span<const Hash> hashes(edge_[level]);
        while (!hashes.empty()) {
            const std::size_t count = std::bit_floor(hashes.size());
            subtrees.push_back(root_of(hashes.first(count)));
            hashes = hashes.subspan(count);
        }
    }
    Hash root = subtrees.back();
    for (std::size_t i = subtrees.size() - 1; i-- > 0;) root = node_hash(subtrees[i], root);
    return root;
}

std::vector<TileFile> TreeBuilder::partial() const {
    std::vector<TileFile> files;
    for (unsigned level = 0; level < edge_.size(); ++level) {
        const TileId tile = tile_at(false, level, size_ >> (8 * (level + 1)), size_);
        if (tile.width == 0) continue;
        files.push_back({.tile = tile, .content = encode_tile(edge_[level])});
        if (level != 0) continue;
        TileId bundle = tile;
        bundle.entries = true;
        files.push_back({.tile = bundle, .content = bundle_});
    }
    return files;
}

Result<TreeBuilder> TreeBuilder::load(const LogReader& reader, std::uint64_t size, const Hash& root) {
    TreeBuilder builder;
    builder.size_ = size;
    for (unsigned level = 0; level < 8 && size >> (8 * level) > 0; ++level) {
        const TileId tile = tile_at(false, level, size >> (8 * (level + 1)), size);
        builder.edge_.emplace_back();
        if (tile.width == 0) continue;
        const auto bytes = reader.read(tile_path(tile));
        if (!bytes) return fail(ErrorCode::kInternal, bytes.error().message);
        auto hashes = decode_tile(*bytes, tile.width);
        if (!hashes)
            return fail(ErrorCode::kInternal,
                        fmt::format("`{}` is damaged: {}", tile_path(tile), hashes.error().message));
        builder.edge_[level] = std::move(*hashes);
    }
    if (builder.root() != root)
        return fail(ErrorCode::kInternal,
                    fmt::format("the tiles of {} entries do not have the checkpoint's root", size));
    if (size % kTileWidth == 0) return builder;
    const auto entries = read_bundle(reader, size / kTileWidth, size);
    if (!entries) return fail(ErrorCode::kInternal, entries.error().message);
    for (std::size_t i = 0; i < entries->size(); ++i) {
        if (leaf_hash((*entries)[i]) != builder.edge_[0][i])
            return fail(ErrorCode::kInternal,
                        fmt::format("entry {} does not match its hash", size / kTileWidth * kTileWidth + i));
        add_to_bundle(builder.bundle_, (*entries)[i]);
    }
    return builder;
}

}  // namespace visavis::ledger
