#include "ledger/tree.h"

#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace visavis::ledger {
namespace {

std::vector<Hash> leaves(std::size_t count) {
    std::vector<Hash> result;
    for (std::size_t i = 0; i < count; ++i)
        result.push_back(leaf_hash(as_bytes("entry " + std::to_string(i))));
    return result;
}

// RFC 6962's reference vectors, as published with the certificate-transparency test suite.
TEST(Tree, HashesAsRfc6962Says) {
    EXPECT_EQ(to_hex(empty_root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(to_hex(leaf_hash({})), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    EXPECT_EQ(to_hex(node_hash(leaf_hash({}), leaf_hash(Bytes{0x00}))),
              "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
}

TEST(Tree, EveryInclusionProofHoldsAndNoOther) {
    for (std::size_t size = 1; size <= 70; ++size) {
        const auto all = leaves(size);
        const LeafList list(all);
        const Hash root = root_of(all);
        for (std::size_t index = 0; index < size; ++index) {
            auto proof = inclusion_proof(list, index, size);
            ASSERT_TRUE(proof);
            EXPECT_TRUE(verify_inclusion(all[index], index, size, *proof, root)) << index << "/" << size;
            EXPECT_FALSE(verify_inclusion(all[index], (index + 1) % (size + 1), size, *proof, root));
            EXPECT_FALSE(verify_inclusion(leaf_hash(as_bytes("other")), index, size, *proof, root));
            proof->push_back(root);
            EXPECT_FALSE(verify_inclusion(all[index], index, size, *proof, root));
            proof->pop_back();
            if (proof->empty()) continue;
            proof->back()[0] ^= 1;
            EXPECT_FALSE(verify_inclusion(all[index], index, size, *proof, root));
            proof->pop_back();
            EXPECT_FALSE(verify_inclusion(all[index], index, size, *proof, root));
        }
    }
}

TEST(Tree, EveryConsistencyProofHoldsAndNoOther) {
    const auto all = leaves(70);
    for (std::size_t size = 1; size <= 70; ++size) {
        const std::span<const Hash> some(all.data(), size);
        const LeafList list(some);
        const Hash root = root_of(some);
        for (std::size_t old = 0; old <= size; ++old) {
            auto proof = consistency_proof(list, old, size);
            ASSERT_TRUE(proof);
            Hash old_root = root_of(some.first(old));
            EXPECT_TRUE(verify_consistency(old, old_root, size, root, *proof)) << old << "/" << size;
            old_root[5] ^= 1;
            EXPECT_FALSE(verify_consistency(old, old_root, size, root, *proof)) << old << "/" << size;
            old_root[5] ^= 1;
            if (proof->empty()) continue;
            proof->front()[0] ^= 1;
            EXPECT_FALSE(verify_consistency(old, old_root, size, root, *proof));
            proof->front()[0] ^= 1;
            proof->pop_back();
            EXPECT_FALSE(verify_consistency(old, old_root, size, root, *proof));
        }
    }
}

TEST(Tree, ProofsOutsideTheTreeAreRefused) {
    const auto all = leaves(3);
    const LeafList list(all);
    EXPECT_EQ(inclusion_proof(list, 3, 3).error().code, ErrorCode::kInvalidParameter);
    EXPECT_EQ(consistency_proof(list, 4, 3).error().code, ErrorCode::kInvalidParameter);
}

/// Every complete subtree of a growing tree, kept.
class GrowingTree final : public NodeReader {
  public:
    void add(const Hash& leaf) {
        Hash hash = leaf;
        for (std::size_t level = 0;; ++level) {
            if (level == levels_.size()) levels_.emplace_back();
            levels_[level].push_back(hash);
            if (levels_[level].size() % 2 != 0) return;
            hash = node_hash(levels_[level][levels_[level].size() - 2], hash);
        }
    }
    [[nodiscard]] Result<Hash> node(unsigned level, std::uint64_t index) const override {
        return levels_.at(level).at(index);
    }

  private:
    std::vector<std::vector<Hash>> levels_;
};

// tests/vectors/ledger/proofs.txt is what `go run . vectors 5000` in tests/ledger/go prints: digests over the
// roots and proofs of golang.org/x/mod/sumdb/tlog.
TEST(Tree, AgreesWithGosProverForSizesUpTo5000) {
    std::ifstream vectors(VISAVIS_SOURCE_DIR "/tests/vectors/ledger/proofs.txt");
    ASSERT_TRUE(vectors);
    GrowingTree tree;
    Sha256Stream digest;
    std::uint64_t size = 0;
    std::uint64_t until = 0;
    std::string expected;
    while (vectors >> until >> expected) {
        while (size < until) {
            tree.add(leaf_hash(as_bytes("entry " + std::to_string(size))));
            ++size;
            const Hash root = tree_root(tree, size).value();
            digest.update(root);
            for (std::uint64_t j = 0; j < 10; ++j) {
                const std::uint64_t index = (size * 2654435761ULL * (j + 1) + j) % size;
                const auto inclusion = inclusion_proof(tree, index, size).value();
                for (const Hash& hash : inclusion) digest.update(hash);
                const Hash leaf = leaf_hash(as_bytes("entry " + std::to_string(index)));
                ASSERT_TRUE(verify_inclusion(leaf, index, size, inclusion, root)) << index << "/" << size;
                const auto consistency = consistency_proof(tree, index + 1, size).value();
                for (const Hash& hash : consistency) digest.update(hash);
                ASSERT_TRUE(verify_consistency(index + 1, tree_root(tree, index + 1).value(), size, root,
                                               consistency))
                    << index + 1 << "/" << size;
            }
        }
        ASSERT_EQ(to_hex(digest.finish()), expected) << "sizes up to " << until;
    }
    EXPECT_EQ(size, 5000U);
}

}  // namespace
}  // namespace visavis::ledger
