// The Merkle tree of RFC 6962 §2.1 (the same as RFC 9162's): hashes, roots and proofs. Pure functions;
// thread-safe as long as the reader is.
//
//     leaf_hash(entry)       = SHA-256(0x00 ‖ entry)
//     node_hash(left, right) = SHA-256(0x01 ‖ left ‖ right)
//
// A node is named by level and index: node (level, index) covers the entries [index·2^level,
// (index+1)·2^level).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/error.h"

namespace visavis::ledger {

using Hash = Sha256;

[[nodiscard]] Hash leaf_hash(ByteView entry);
[[nodiscard]] Hash node_hash(const Hash& left, const Hash& right);

/// The root of a tree of no entries: SHA-256 of nothing.
[[nodiscard]] Hash empty_root();

/// Where proofs take the hashes of complete subtrees from.
class NodeReader {
  public:
    NodeReader() = default;
    NodeReader(const NodeReader&) = delete;
    NodeReader& operator=(const NodeReader&) = delete;
    virtual ~NodeReader() = default;

    /// The hash of node (level, index); asked only for nodes that are complete in the tree read.
    [[nodiscard]] virtual Result<Hash> node(unsigned level, std::uint64_t index) const = 0;
};

/// A tree held in memory as its leaf hashes; for lists that are short or already read.
class LeafList final : public NodeReader {
  public:
    explicit LeafList(std::span<const Hash> leaves) : leaves_(leaves) {}
    [[nodiscard]] Result<Hash> node(unsigned level, std::uint64_t index) const override;

  private:
    std::span<const Hash> leaves_;
};

/// Root of the first `size` entries. Errors: the reader's.
[[nodiscard]] Result<Hash> tree_root(const NodeReader& reader, std::uint64_t size);

/// Root of a list of leaf hashes.
[[nodiscard]] Hash root_of(std::span<const Hash> leaves);

/// The audit path of entry `index` in the tree of `size` entries, leaf end first (RFC 6962 §2.1.1).
/// kInvalidParameter unless index < size; otherwise the reader's errors.
[[nodiscard]] Result<std::vector<Hash>> inclusion_proof(const NodeReader& reader, std::uint64_t index,
                                                        std::uint64_t size);

/// Proof that the tree of `size` entries begins with that of `old_size` (RFC 6962 §2.1.2); empty if the sizes
/// are equal or old_size is 0. kInvalidParameter unless old_size ≤ size; otherwise the reader's errors.
[[nodiscard]] Result<std::vector<Hash>> consistency_proof(const NodeReader& reader, std::uint64_t old_size,
                                                          std::uint64_t size);

/// Whether `proof` shows that `leaf` is entry `index` of the tree with `size` entries and this root. Safe on
/// hostile input.
[[nodiscard]] bool verify_inclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size,
                                    std::span<const Hash> proof, const Hash& root);

/// Whether `proof` shows that the tree (size, root) begins with (old_size, old_root). Safe on hostile input.
[[nodiscard]] bool verify_consistency(std::uint64_t old_size, const Hash& old_root, std::uint64_t size,
                                      const Hash& root, std::span<const Hash> proof);

}  // namespace visavis::ledger
