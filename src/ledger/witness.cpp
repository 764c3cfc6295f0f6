#include "ledger/witness.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include <fmt/format.h>

namespace visavis::ledger {
namespace {

constexpr std::size_t kCosignatureBytes = 72;

Result<std::string> request_of(std::uint64_t old_size, const SignedCheckpoint& checkpoint,
                               const NodeReader& tree) {
    const auto proof = consistency_proof(tree, old_size, checkpoint.checkpoint.size);
    if (!proof) return std::unexpected(proof.error());
    std::string body = fmt::format("old {}\n", old_size);
    for (const Hash& hash : *proof) body += to_base64(hash) + "\n";
    return body + "\n" + to_text(checkpoint.note);
}

std::optional<std::uint64_t> size_in(std::string_view body) {
    if (body.ends_with('\n')) body.remove_suffix(1);
    std::uint64_t size{};
    const auto [end, error] = std::from_chars(body.data(), body.data() + body.size(), size);
    if (error != std::errc{} || end != body.data() + body.size()) return std::nullopt;
    return size;
}

std::unexpected<Error> fork(const std::string& url, std::string_view what) {
    return fail(
        ErrorCode::kConflict,
        fmt::format(
            "the ledger has forked: witness `{}` {}. Another copy of this ledger has published under the "
            "same key, or this one was put back to an older state; nothing is recorded until that is "
            "resolved",
            url, what));
}

}  // namespace

Result<Witness> parse_witness(const std::string& text) {
    const auto space = text.find(' ');
    Witness witness{.url = text.substr(0, space), .key = {}};
    while (witness.url.ends_with('/')) witness.url.pop_back();
    if (!witness.url.starts_with("https://") && !witness.url.starts_with("http://"))
        return fail(ErrorCode::kInvalidParameter, fmt::format("`{}` is not the address of a witness", text));
    if (space == std::string::npos) return witness;
    auto key = parse_verifier_key(text.substr(space + 1));
    if (!key) return std::unexpected(key.error());
    if (key->type != KeyType::kCosignature)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("`{}` is not the key of a witness", text.substr(space + 1)));
    witness.key = std::move(*key);
    return witness;
}

WitnessCosigner::WitnessCosigner(std::vector<Witness> witnesses, WitnessPost post,
                                 std::function<void(const std::string&)> on_trouble,
                                 std::chrono::milliseconds pause)
    : post_(std::move(post)), on_trouble_(std::move(on_trouble)), pause_(pause) {
    for (auto& witness : witnesses)
        witnesses_.push_back(
            {.witness = std::move(witness), .size = 0, .not_before = {}, .cosigned = {}, .signatures = {}});
}

Result<std::vector<NoteSignature>> WitnessCosigner::cosign(const SignedCheckpoint& checkpoint,
                                                           const NodeReader& tree) {
    std::vector<NoteSignature> all;
    for (Known& known : witnesses_) {
        if (known.cosigned != checkpoint.note.text) {
            if (std::chrono::steady_clock::now() < known.not_before) continue;
            auto signatures = ask(known, checkpoint, tree);
            if (!signatures) {
                if (signatures.error().code == ErrorCode::kConflict) return signatures;
                known.not_before = std::chrono::steady_clock::now() + pause_;
                if (on_trouble_) on_trouble_(signatures.error().message);
                continue;
            }
            known.cosigned = checkpoint.note.text;
            known.signatures = std::move(*signatures);
        }
        std::ranges::copy(known.signatures, std::back_inserter(all));
    }
    return all;
}

bool WitnessCosigner::wants(const SignedCheckpoint& checkpoint) const {
    const auto now = std::chrono::steady_clock::now();
    const auto& signatures = checkpoint.note.signatures;
    return std::ranges::any_of(witnesses_, [&](const Known& known) {
        if (known.cosigned == checkpoint.note.text || now < known.not_before) return false;
        // Of an earlier start: without the witness's key only their number tells.
        if (!known.witness.key) return signatures.size() <= witnesses_.size();
        return std::ranges::find(signatures, known.witness.key->id, &NoteSignature::id) == signatures.end();
    });
}

Result<std::vector<NoteSignature>> WitnessCosigner::ask(Known& known, const SignedCheckpoint& checkpoint,
                                                        const NodeReader& tree) {
    const std::string& url = known.witness.url;
    const std::uint64_t size = checkpoint.checkpoint.size;
    // The second time from the size that the witness names.
    for (int attempt = 0; attempt < 2; ++attempt) {
        const auto request = request_of(known.size, checkpoint, tree);
        if (!request) return std::unexpected(request.error());
        const auto answer = post_(url + "/add-checkpoint", *request);
        if (!answer) return std::unexpected(answer.error());
        if (answer->status == 200) {
            known.size = size;
            return signatures_in(known, checkpoint, answer->body);
        }
        if (answer->status == 422)
            return fork(url, "finds that our history does not continue the one it has seen");
        if (answer->status != 409)
            return fail(ErrorCode::kUnavailable, fmt::format("witness `{}` answered {}: {}", url,
                                                             answer->status, answer->body.substr(0, 200)));
        const auto its_size = size_in(answer->body);
        // tlog-witness: the answer to a request whose two sizes agree and whose root is another than the
        // witness's; no body is named for it.
        if (!its_size && known.size == size)
            return fork(url, fmt::format("has seen another tree of {} entries", size));
        if (!its_size)
            return fail(ErrorCode::kUnavailable,
                        fmt::format("witness `{}` answered 409 without a size", url));
        if (*its_size > size)
            return fork(url, fmt::format("has seen {} entries, more than the {} here", *its_size, size));
        if (*its_size == known.size && attempt > 0)
            return fork(url, fmt::format("has seen another tree of {} entries", *its_size));
        known.size = *its_size;
    }
    return fork(url, fmt::format("has seen another tree of {} entries", known.size));
}

Result<std::vector<NoteSignature>> WitnessCosigner::signatures_in(const Known& known,
                                                                  const SignedCheckpoint& checkpoint,
                                                                  const std::string& body) const {
    std::vector<NoteSignature> signatures;
    std::string_view rest = body;
    while (!rest.empty()) {
        const auto end = rest.find('\n');
        if (end == std::string_view::npos) break;
        const auto signature = parse_signature_line(rest.substr(0, end + 1));
        rest.remove_prefix(end + 1);
        if (!signature || signature->signature.size() != kCosignatureBytes ||
            signature->name == checkpoint.checkpoint.origin)
            continue;
        if (known.witness.key && !verifies(*known.witness.key, checkpoint.note.text, *signature)) continue;
        signatures.push_back(*signature);
    }
    if (signatures.empty())
        return fail(
            ErrorCode::kUnavailable,
            fmt::format("witness `{}` answered without a cosignature that counts", known.witness.url));
    return signatures;
}

}  // namespace visavis::ledger
