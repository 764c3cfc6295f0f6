// Signed notes, verifier keys and checkpoints of any bytes: what is accepted is spelt in one way only.
#include <cstdlib>

#include "fuzz.h"
#include "ledger/checkpoint.h"

namespace {

using namespace visavis;

std::vector<std::uint8_t> bytes(const std::string& text) {
    return {text.begin(), text.end()};
}

}  // namespace

std::vector<std::vector<std::uint8_t>> fuzz_seeds() {
    const auto key = ledger::SigningKey::parse(
        "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz");
    ledger::Note note{
        .text = ledger::to_text(ledger::Checkpoint{
            .origin = "PeterNeumann", .size = 7, .root = ledger::empty_root(), .extensions = {"more"}}),
        .signatures = {}};
    note.signatures.push_back(key ? key->sign(note.text)
                                  : ledger::NoteSignature{.name = "n", .id = 1, .signature = Bytes(64, 3)});
    note.signatures.push_back({.name = "witness", .id = 2, .signature = Bytes(72, 1)});
    return {bytes(ledger::to_text(note)),
            bytes("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = as_text({data, size});
    if (const auto note = ledger::parse_note(text); note && ledger::to_text(*note) != text) std::abort();
    if (const auto checkpoint = ledger::parse_checkpoint(text);
        checkpoint && ledger::to_text(*checkpoint) != text)
        std::abort();
    (void)ledger::parse_signed_checkpoint(text);
    if (const auto key = ledger::parse_verifier_key(text)) {
        const auto again = ledger::parse_verifier_key(ledger::to_text(*key));
        if (!again || *again != *key) std::abort();
    }
    (void)ledger::SigningKey::parse(text);
    return 0;
}
