#include "ledger/checkpoint.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace visavis::ledger {
namespace {

constexpr std::string_view kProofHeader = "c2sp.org/tlog-proof@v1";
constexpr std::size_t kMostProofHashes = 63;

Error invalid(std::string message) {
    return {ErrorCode::kInvalidParameter, std::move(message)};
}

/// The next line without its newline; nothing if no whole line is left.
std::optional<std::string_view> next_line(std::string_view& rest) {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    return line;
}

/// A decimal number in its one spelling, at most 2^63 − 1.
std::optional<std::uint64_t> decimal(std::string_view text) {
    std::int64_t value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
    if (fmt::format("{}", value) != text) return std::nullopt;
    return static_cast<std::uint64_t>(value);
}

std::optional<Hash> hash_of(std::string_view text) {
    const auto bytes = from_base64(text);
    // Compared with its own encoding, so that no second spelling of the same bytes passes.
    if (!bytes || bytes->size() != sizeof(Hash) || to_base64(*bytes) != text) return std::nullopt;
    Hash hash;
    std::ranges::copy(*bytes, hash.begin());
    return hash;
}

}  // namespace

std::string to_text(const Checkpoint& checkpoint) {
    std::string text =
        fmt::format("{}\n{}\n{}\n", checkpoint.origin, checkpoint.size, to_base64(checkpoint.root));
    for (const auto& extension : checkpoint.extensions) text += extension + "\n";
    return text;
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
    Checkpoint result;
    const auto origin = next_line(text);
    if (!origin || origin->empty()) return std::unexpected(invalid("a checkpoint has no origin"));
    result.origin = *origin;
    const auto size = next_line(text);
    const auto value = size ? decimal(*size) : std::nullopt;
    if (!value) return std::unexpected(invalid(fmt::format("`{}` is no size of a tree", size.value_or(""))));
    result.size = *value;
    const auto root = next_line(text);
    const auto hash = root ? hash_of(*root) : std::nullopt;
    if (!hash) return std::unexpected(invalid(fmt::format("`{}` is no root hash", root.value_or(""))));
    result.root = *hash;
    while (!text.empty()) {
        const auto line = next_line(text);
        if (!line || line->empty())
            return std::unexpected(invalid("a checkpoint's extension line is empty or not ended"));
        result.extensions.emplace_back(*line);
    }
    return result;
}

Result<SignedCheckpoint> parse_signed_checkpoint(std::string_view note) {
    auto parsed = parse_note(note);
    if (!parsed) return std::unexpected(parsed.error());
    auto checkpoint = parse_checkpoint(parsed->text);
    if (!checkpoint) return std::unexpected(checkpoint.error());
    return SignedCheckpoint{.checkpoint = std::move(*checkpoint), .note = std::move(*parsed)};
}

Result<SignedCheckpoint> open_checkpoint(std::string_view note, const VerifierKey& key) {
    auto result = parse_signed_checkpoint(note);
    if (!result) return result;
    if (result->checkpoint.origin != key.name)
        return std::unexpected(invalid(fmt::format("the checkpoint is of log `{}`, the key of log `{}`",
                                                   result->checkpoint.origin, key.name)));
    if (!verifies(key, result->note))
        return std::unexpected(
            invalid(fmt::format("the checkpoint carries no valid signature of the key `{}`", to_text(key))));
    return result;
}

std::string to_text(const LogProof& proof) {
    std::string text = fmt::format("{}\n", kProofHeader);
    if (proof.extra) text += fmt::format("extra {}\n", to_base64(*proof.extra));
    text += fmt::format("index {}\n", proof.index);
    for (const Hash& hash : proof.path) text += to_base64(hash) + "\n";
    return text + "\n" + proof.checkpoint;
}

Result<LogProof> parse_proof(std::string_view text) {
    if (text.size() > 2 * kMostNoteBytes) return std::unexpected(invalid("the proof is too large"));
    LogProof result;
    if (next_line(text) != kProofHeader)
        return std::unexpected(invalid(fmt::format("the proof does not begin with `{}`", kProofHeader)));
    auto line = next_line(text);
    if (line && line->starts_with("extra ")) {
        const std::string_view encoded = line->substr(6);
        auto extra = from_base64(encoded);
        if (!extra || to_base64(*extra) != encoded)
            return std::unexpected(invalid("the proof's extra data are not base64"));
        result.extra = std::move(*extra);
        line = next_line(text);
    }
    const auto index =
        line && line->starts_with("index ") ? decimal(line->substr(6)) : std::optional<std::uint64_t>{};
    if (!index) return std::unexpected(invalid("the proof has no valid `index` line"));
    result.index = *index;
    for (;;) {
        line = next_line(text);
        if (!line) return std::unexpected(invalid("the proof ends before its checkpoint"));
        if (line->empty()) break;
        const auto hash = hash_of(*line);
        if (!hash) return std::unexpected(invalid(fmt::format("`{}` is no hash", *line)));
        if (result.path.size() == kMostProofHashes)
            return std::unexpected(invalid("the proof has more hashes than a tree can be high"));
        result.path.push_back(*hash);
    }
    result.checkpoint = text;
    return result;
}

Result<SignedCheckpoint> verify_proof(const LogProof& proof, ByteView entry, const VerifierKey& key) {
    auto opened = open_checkpoint(proof.checkpoint, key);
    if (!opened) return opened;
    const Checkpoint& checkpoint = opened->checkpoint;
    if (!verify_inclusion(leaf_hash(entry), proof.index, checkpoint.size, proof.path, checkpoint.root))
        return std::unexpected(
            invalid(fmt::format("the entry is not number `{}` of the log with {} entries and this root",
                                proof.index, checkpoint.size)));
    return opened;
}

}  // namespace visavis::ledger
