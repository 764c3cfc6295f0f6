#include "ledger/tree.h"

#include <algorithm>
#include <bit>
#include <cstddef>

#include <fmt/format.h>

namespace visavis::ledger {
namespace {

/// The largest power of two smaller than n; n ≥ 2.
std::uint64_t split_point(std::uint64_t n) {
    return std::bit_floor(n - 1);
}

/// Root of the entries [low, high); low is a multiple of the power of two that covers the range.
Result<Hash> range_root(const NodeReader& reader, std::uint64_t low, std::uint64_t high) {
    const std::uint64_t count = high - low;
    if (std::has_single_bit(count)) {
        const auto level = static_cast<unsigned>(std::countr_zero(count));
        return reader.node(level, low >> level);
    }
    const std::uint64_t middle = low + split_point(count);
    const auto left = range_root(reader, low, middle);
    if (!left) return left;
    const auto right = range_root(reader, middle, high);
    if (!right) return right;
    return node_hash(*left, *right);
}

Result<void> add(std::vector<Hash>& proof, const Result<Hash>& hash) {
    if (!hash) return std::unexpected(hash.error());
    proof.push_back(*hash);
    return {};
}

}  // namespace

Hash leaf_hash(ByteView entry) {
    Bytes input;
    input.reserve(entry.size() + 1);
    input.push_back(0x00);
    input.insert(input.end(), entry.begin(), entry.end());
    return sha256(input);
}

Hash node_hash(const Hash& left, const Hash& right) {
    std::array<std::uint8_t, 65> input{0x01};
    std::ranges::copy(left, input.begin() + 1);
    std::ranges::copy(right, input.begin() + 33);
    return sha256(input);
}

Hash empty_root() {
    return sha256({});
}

Result<Hash> LeafList::node(unsigned level, std::uint64_t index) const {
    const std::uint64_t first = index << level;
    const std::uint64_t count = std::uint64_t{1} << level;
    if (level >= 64 || first >> level != index || first > leaves_.size() || count > leaves_.size() - first)
        return fail(ErrorCode::kInvalidParameter, "a node outside the tree was asked for");
    if (level == 0) return leaves_[first];
    const auto left = node(level - 1, index * 2);
    if (!left) return left;
    const auto right = node(level - 1, index * 2 + 1);
    if (!right) return right;
    return node_hash(*left, *right);
}

Result<Hash> tree_root(const NodeReader& reader, std::uint64_t size) {
    if (size == 0) return empty_root();
    return range_root(reader, 0, size);
}

Hash root_of(std::span<const Hash> leaves) {
    if (leaves.empty()) return empty_root();
    if (leaves.size() == 1) return leaves.front();
    const auto middle = static_cast<std::size_t>(split_point(leaves.size()));
    return node_hash(root_of(leaves.first(middle)), root_of(leaves.subspan(middle)));
}

Result<std::vector<Hash>> inclusion_proof(const NodeReader& reader, std::uint64_t index, std::uint64_t size) {
    if (index >= size)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("index `{}` is not below the tree's size `{}`", index, size));
    std::vector<Hash> proof;
    // From the root down; each step adds the sibling that is not followed, so the list is turned round last.
    std::uint64_t low = 0;
    std::uint64_t high = size;
    while (high - low > 1) {
        const std::uint64_t middle = low + split_point(high - low);
        const bool left = index < middle;
        if (auto done = add(proof, left ? range_root(reader, middle, high) : range_root(reader, low, middle));
            !done)
            return std::unexpected(done.error());
        (left ? high : low) = middle;
    }
    std::ranges::reverse(proof);
    return proof;
}

Result<std::vector<Hash>> consistency_proof(const NodeReader& reader, std::uint64_t old_size,
                                            std::uint64_t size) {
    if (old_size > size)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("old size `{}` is above the tree's size `{}`", old_size, size));
    std::vector<Hash> proof;
    if (old_size == 0 || old_size == size) return proof;
    std::uint64_t low = 0;
    std::uint64_t high = size;
    // Down to the node at which the old tree ends; left out of the proof if that node is the old tree itself.
    while (old_size != high) {
        const std::uint64_t middle = low + split_point(high - low);
        const bool left = old_size <= middle;
        if (auto done = add(proof, left ? range_root(reader, middle, high) : range_root(reader, low, middle));
            !done)
            return std::unexpected(done.error());
        (left ? high : low) = middle;
    }
    if (low != 0)
        if (auto done = add(proof, range_root(reader, low, high)); !done)
            return std::unexpected(done.error());
    std::ranges::reverse(proof);
    return proof;
}

bool verify_inclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size, std::span<const Hash> proof,
                      const Hash& root) {
    if (index >= size) return false;
    // RFC 9162 §2.1.3.2.
    std::uint64_t node = index;
    std::uint64_t last = size - 1;
    Hash hash = leaf;
    for (const Hash& sibling : proof) {
        if (last == 0) return false;
        if ((node & 1) != 0 || node == last) {
            hash = node_hash(sibling, hash);
            while ((node & 1) == 0 && node != 0) {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    return last == 0 && hash == root;
}

bool verify_consistency(std::uint64_t old_size, const Hash& old_root, std::uint64_t size, const Hash& root,
                        std::span<const Hash> proof) {
    if (old_size > size) return false;
    if (old_size == size) return proof.empty() && old_root == root;
    if (old_size == 0) return proof.empty() && old_root == empty_root();
    if (proof.empty()) return false;
    // RFC 9162 §2.1.4.2.
    std::uint64_t node = old_size - 1;
    std::uint64_t last = size - 1;
    while ((node & 1) != 0) {
        node >>= 1;
        last >>= 1;
    }
    // A complete old tree is itself the first node and is not repeated in the proof.
    const bool complete = std::has_single_bit(old_size);
    Hash old_hash = complete ? old_root : proof.front();
    Hash hash = old_hash;
    for (const Hash& next : proof.subspan(complete ? 0 : 1)) {
        if (last == 0) return false;
        if ((node & 1) != 0 || node == last) {
            old_hash = node_hash(next, old_hash);
            hash = node_hash(next, hash);
            while ((node & 1) == 0 && node != 0) {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(hash, next);
        }
        node >>= 1;
        last >>= 1;
    }
    return last == 0 && old_hash == old_root && hash == root;
}

}  // namespace visavis::ledger
