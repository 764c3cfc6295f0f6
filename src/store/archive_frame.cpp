#include "store/archive_frame.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/digest.h"
#include "base/random.h"

namespace visavis::store::archive {
namespace {

constexpr std::string_view kMagic = "VISAVARC";
constexpr std::uint32_t kFormat = 1;
constexpr std::size_t kSaltAt = 32;
constexpr std::size_t kSaltBytes = 32;
constexpr std::size_t kSumAt = 64;
constexpr std::size_t kProofAt = 96;

void put(Header& header, std::size_t at, std::uint32_t number) {
    std::memcpy(header.data() + at, &number, sizeof(number));
}

std::uint32_t get(const Header& header, std::size_t at) {
    std::uint32_t number = 0;
    std::memcpy(&number, header.data() + at, sizeof(number));
    return number;
}

ByteView salt_of(const Header& header) {
    return ByteView(header).subspan(kSaltAt, kSaltBytes);
}

Result<keys::SealKey> key_of(const Header& header, const ArchiveSecret& secret) {
    if (secret.kind == ArchiveSecret::Kind::kKeyFile) {
        const Sha256 digest = sha256(secret.content);
        return keys::SealKey::from_bytes(hmac_sha256(digest, salt_of(header)));
    }
    return keys::key_of_passphrase(secret.content, salt_of(header),
                                   {.log2_n = get(header, 16), .r = get(header, 20), .p = get(header, 24)});
}

Sha256 proof_of(const Header& header, const keys::SealKey& key) {
    return hmac_sha256(key.derive("visavis archive: header").bytes(), ByteView(header).first(kSumAt));
}

const char* name(ArchiveSecret::Kind kind) {
    return kind == ArchiveSecret::Kind::kPassphrase ? "passphrase" : "key file";
}

}  // namespace

Result<Frame> Frame::make(const ArchiveSecret& secret, Header& header) {
    const std::size_t least =
        secret.kind == ArchiveSecret::Kind::kPassphrase ? kLeastPassphrase : kLeastKeyFile;
    if (secret.content.size() < least)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("the {} has {} bytes; it must have at least {}", name(secret.kind),
                                secret.content.size(), least));
    header.fill(0);
    std::ranges::copy(as_bytes(kMagic), header.begin());
    put(header, 8, kFormat);
    put(header, 12, static_cast<std::uint32_t>(secret.kind));
    if (secret.kind == ArchiveSecret::Kind::kPassphrase) {
        const keys::ScryptCost cost;
        put(header, 16, cost.log2_n);
        put(header, 20, cost.r);
        put(header, 24, cost.p);
    }
    std::ranges::copy(random_bytes(kSaltBytes), header.begin() + kSaltAt);
    std::ranges::copy(sha256(ByteView(header).first(kSumAt)), header.begin() + kSumAt);
    const auto key = key_of(header, secret);
    if (!key) return std::unexpected(key.error());
    std::ranges::copy(proof_of(header, *key), header.begin() + kProofAt);
    return Frame(key->derive("visavis archive: parts"), salt_of(header));
}

Result<Frame> Frame::open(const Header& header, const ArchiveSecret& secret, const std::string& path) {
    if (as_text(ByteView(header).first(kMagic.size())) != kMagic)
        return fail(ErrorCode::kInvalidParameter, fmt::format("`{}` is no archive of a collection", path));
    if (const std::uint32_t format = get(header, 8); format != kFormat)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("`{}` has format {} of archives; this program knows format {}", path, format,
                                kFormat));
    if (!std::ranges::equal(sha256(ByteView(header).first(kSumAt)), ByteView(header).subspan(kSumAt, 32)))
        return fail(ErrorCode::kInternal, fmt::format("`{}` is damaged: its header was altered", path));
    const auto kind = static_cast<ArchiveSecret::Kind>(get(header, 12));
    if (kind != secret.kind)
        return fail(ErrorCode::kInvalidParameter, fmt::format("`{}` is sealed with a {}; a {} was given",
                                                              path, name(kind), name(secret.kind)));
    const auto key = key_of(header, secret);
    if (!key) return std::unexpected(key.error());
    if (!equal_in_constant_time(proof_of(header, *key), ByteView(header).subspan(kProofAt, 32)))
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("`{}` does not open with this {}", path, name(secret.kind)));
    return Frame(key->derive("visavis archive: parts"), salt_of(header));
}

// Ties a part to its archive, its place and whether more follow.
Bytes Frame::place(bool last) const {
    Bytes place = salt_;
    for (unsigned shift = 0; shift < 64; shift += 8)
        place.push_back(static_cast<std::uint8_t>(next_ >> shift));
    place.push_back(last ? 1 : 0);
    return place;
}

Bytes Frame::seal(ByteView part, bool last) {
    Bytes sealed = parts_.seal(part, place(last));
    ++next_;
    return sealed;
}

Result<Bytes> Frame::open(ByteView sealed, bool last) {
    auto part = parts_.open(sealed, place(last));
    ++next_;
    return part;
}

}  // namespace visavis::store::archive
