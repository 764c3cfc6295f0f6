#include "ledger/draft.h"

#include <algorithm>
#include <ranges>
#include <set>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/random.h"
#include "ledger/canonical_json.h"
#include "ledger/tiles.h"

namespace visavis::ledger {
namespace {

namespace json = boost::json;

constexpr std::size_t kSaltBytes = 32;
constexpr std::size_t kIdBytes = 36;

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

json::array to_json(const std::vector<Opening>& openings) {
    json::array array;
    for (const auto& opening : openings) {
        json::object object{{"f", opening.field}, {"c", to_base64(opening.commitment)}};
        if (!opening.erased()) {
            object["s"] = to_base64(opening.salt);
            object["v"] = opening.value;
            if (!opening.subject.empty()) object["p"] = opening.subject;
        }
        array.push_back(std::move(object));
    }
    return array;
}

std::vector<Opening> from_json(const json::value& value) {
    std::vector<Opening> openings;
    for (const auto& item : value.as_array()) {
        const auto& object = item.as_object();
        const auto text = [&](const char* name) {
            const auto* found = object.if_contains(name);
            return found == nullptr ? std::string() : std::string(found->as_string());
        };
        Opening opening{.field = text("f"),
                        .salt = from_base64(text("s")).value_or(Bytes{}),
                        .value = text("v"),
                        .commitment = {},
                        .subject = text("p")};
        const auto commitment = from_base64(text("c")).value_or(Bytes{});
        std::ranges::copy(commitment | std::views::take(sizeof(Hash)), opening.commitment.begin());
        openings.push_back(std::move(opening));
    }
    return openings;
}

}  // namespace

Hash subject_tag(const OpeningKeys& keys, std::string_view subject) {
    return hmac_sha256(keys.tags.bytes(), as_bytes(subject));
}

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
    Bytes kept(receipt.id.begin(), receipt.id.end());
    for (const int shift : {0, 8, 16, 24}) kept.push_back(static_cast<std::uint8_t>(tags.size() >> shift));
    for (const Hash& tag : tags) kept.insert(kept.end(), tag.begin(), tag.end());
    const Bytes sealed = seal_openings(keys, receipt.id, openings);
    kept.insert(kept.end(), sealed.begin(), sealed.end());
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

Result<SealedOpenings> split_openings(ByteView openings) {
    const auto damaged = [] { return fail(ErrorCode::kInternal, "a receipt's openings are damaged"); };
    if (openings.size() < kIdBytes + 4) return damaged();
    SealedOpenings result{.id = std::string(as_text(openings.first(kIdBytes))), .tags = {}, .sealed = {}};
    std::size_t count = 0;
    for (std::size_t i = 0; i < 4; ++i) count |= static_cast<std::size_t>(openings[kIdBytes + i]) << (8 * i);
    ByteView rest = openings.subspan(kIdBytes + 4);
    if (count > rest.size() / sizeof(Hash)) return damaged();
    result.tags.resize(count);
    for (auto& tag : result.tags) {
        std::ranges::copy(rest.first(tag.size()), tag.begin());
        rest = rest.subspan(tag.size());
    }
    result.sealed.assign(rest.begin(), rest.end());
    return result;
}

Bytes seal_openings(const OpeningKeys& keys, const std::string& id, const Openings& openings) {
    const json::object object{{"fields", to_json(openings.fields)},
                              {"candidates", to_json(openings.candidates)},
                              {"subjects", to_json(openings.subjects)}};
    return keys.seal.seal(as_bytes(json::serialize(object)), as_bytes(id));
}

Result<Openings> open_openings(const OpeningKeys& keys, const std::string& id, ByteView sealed) {
    const auto plain = keys.seal.open(sealed, as_bytes(id));
    if (!plain) return std::unexpected(plain.error());
    try {
        const auto value = json::parse(as_text(*plain));
        return Openings{.fields = from_json(value.at("fields")),
                        .candidates = from_json(value.at("candidates")),
                        .subjects = from_json(value.at("subjects"))};
    } catch (const std::exception& error) {
        return fail(ErrorCode::kInternal,
                    fmt::format("a receipt's openings cannot be read: {}", error.what()));
    }
}

bool holds(const Opening& opening) {
    return !opening.erased() && commit(opening.salt, opening.field, opening.value) == opening.commitment;
}

}  // namespace visavis::ledger
