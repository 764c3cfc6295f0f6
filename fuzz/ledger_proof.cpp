// tlog-proofs, tile paths, bundles and receipts of any bytes: what is accepted is spelt in one way only.
#include <cstdlib>

#include "fuzz.h"
#include "ledger/checkpoint.h"
#include "ledger/receipt.h"
#include "ledger/tiles.h"

namespace {

using namespace visavis;

std::vector<std::uint8_t> bytes(const std::string& text) {
    return {text.begin(), text.end()};
}

}  // namespace

std::vector<std::vector<std::uint8_t>> fuzz_seeds() {
    const ledger::LogProof proof{.index = 5,
                                 .path = {ledger::empty_root(), ledger::empty_root()},
                                 .checkpoint = "o\n7\nx\n",
                                 .extra = Bytes{1}};
    ledger::Receipt receipt;
    receipt.id = "0e7f1c7a-7a35-4f0c-9a5f-3c1df8b6a1d2";
    receipt.operation = "SearchFaces";
    receipt.policy_set = "ab";
    receipt.policies = {"one", "two\n"};
    receipt.commitments["principal"] = ledger::empty_root();
    receipt.candidates = ledger::ListCommitment{.count = 2, .root = ledger::empty_root()};
    receipt.gallery_size = 9;
    Bytes bundle;
    ledger::add_to_bundle(bundle, as_bytes("entry"));
    ledger::add_to_bundle(bundle, as_bytes(""));
    return {bytes(ledger::to_text(proof)), bytes(ledger::to_text(receipt)), bundle,
            bytes("tile/entries/x001/234.p/5")};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input(data, size);
    const std::string_view text = as_text(input);
    if (const auto proof = ledger::parse_proof(text)) {
        if (ledger::to_text(*proof) != text) std::abort();
        const ledger::Hash root = ledger::empty_root();
        if (ledger::verify_inclusion(root, proof->index, proof->index + size, proof->path, root) &&
            !proof->path.empty())
            std::abort();
        (void)ledger::verify_consistency(proof->index, root, proof->index + size, root, proof->path);
    }
    if (const auto tile = ledger::parse_tile_path(text); tile && ledger::tile_path(*tile) != text)
        std::abort();
    if (const auto receipt = ledger::parse_receipt(input); receipt && ledger::to_text(*receipt) != text)
        std::abort();
    if (const auto entries = ledger::decode_bundle(input, 2)) {
        Bytes again;
        for (const Bytes& entry : *entries) ledger::add_to_bundle(again, entry);
        if (again != Bytes(data, data + size)) std::abort();
    }
    return 0;
}
