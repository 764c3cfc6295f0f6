#include "ledger/draft.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/random.h"
#include "ledger/canonical_json.h"
#include "ledger/tiles.h"

namespace visavis::ledger {
namespace {

constexpr std::size_t kSaltBytes = 32;

Opening open_secret(std::string field, std::string value, ByteView salt) {
    const Hash commitment = commit(salt, field, value);
    return {.field = std::move(field),
            .salt = Bytes(salt.begin(), salt.end()),
            .value = std::move(value),
            .commitment = commitment,
            .subject = {}};
}

std::string member_json(const Member& member) {
    JsonObject object;
    object.text("id", member.id);
    if (!member.similarity.empty()) object.text("similarity", member.similarity);
    return object.str();
}

ListCommitment commit_openings(const std::vector<Opening>& openings) {
    std::vector<Hash> commitments;
    commitments.reserve(openings.size());
    for (const auto& opening : openings) commitments.push_back(opening.commitment);
    return commit_list(commitments);
}

}  // namespace

Result<Prepared> prepare(const OpeningKeys& keys, Draft draft) {
    Receipt& receipt = draft.receipt;
    receipt.id = random_uuid();
    // One draw for all salts: each is a slice of its own.
    const Bytes salts =
        random_bytes(kSaltBytes * (draft.secrets.size() + draft.candidates.size() + draft.subjects.size()));
    std::size_t drawn = 0;
    const auto salt = [&] { return ByteView(salts).subspan(kSaltBytes * drawn++, kSaltBytes); };

    Openings openings;
    std::set<Hash> tags;
    for (auto& secret : draft.secrets) {
        if (secret.value.empty()) continue;
        if (secret.field == "case") tags.insert(subject_tag(keys, case_subject(secret.value)));
        openings.fields.push_back(open_secret(secret.field, std::move(secret.value), salt()));
        receipt.commitments[secret.field] = openings.fields.back().commitment;
    }
    const auto add_members = [&](const std::vector<Member>& members, const char* field,
                                 std::vector<Opening>& into) {
        for (const auto& member : members) {
            into.push_back(open_secret(field, member_json(member), salt()));
            into.back().subject = member.subject;
            if (!member.subject.empty()) tags.insert(subject_tag(keys, member.subject));
        }
    };
    add_members(draft.candidates, "candidate", openings.candidates);
    add_members(draft.subjects, "subject", openings.subjects);
    if (draft.lists_candidates) receipt.candidates = commit_openings(openings.candidates);
    if (!openings.subjects.empty()) receipt.subjects = commit_openings(openings.subjects);

    const std::string text = to_text(receipt);
    if (text.size() > kMostEntryBytes)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("a receipt of `{}` bytes is too long; at most {} are possible", text.size(),
                                kMostEntryBytes));
    Bytes kept = join_openings({.id = receipt.id,
                                .tags = {tags.begin(), tags.end()},
                                .sealed = seal_openings(keys, receipt.id, openings)});
    return Prepared{.id = receipt.id,
                    .entry = {.entry = Bytes(text.begin(), text.end()), .openings = std::move(kept)}};
}

Bytes encode_prepared(const Prepared& prepared) {
    Bytes bytes;
    add_to_bundle(bytes, prepared.entry.entry);
    bytes.insert(bytes.end(), prepared.entry.openings.begin(), prepared.entry.openings.end());
    return bytes;
}

Result<Prepared> decode_prepared(ByteView bytes) {
    const auto damaged = [] { return fail(ErrorCode::kInternal, "a receipt of the outbox is damaged"); };
    if (bytes.size() < 2) return damaged();
    const std::size_t length = static_cast<std::size_t>(bytes[0]) << 8 | bytes[1];
    if (bytes.size() - 2 < length) return damaged();
    const ByteView entry = bytes.subspan(2, length);
    const ByteView kept = bytes.subspan(2 + length);
    const auto receipt = parse_receipt(entry);
    const auto openings = split_openings(kept);
    if (!receipt || !openings || openings->id != receipt->id) return damaged();
    return Prepared{
        .id = receipt->id,
        .entry = {.entry = Bytes(entry.begin(), entry.end()), .openings = Bytes(kept.begin(), kept.end())}};
}

}  // namespace visavis::ledger
