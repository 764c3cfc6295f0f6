#include "ledger/openings.h"

#include <algorithm>
#include <ranges>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "ledger/receipt.h"

namespace visavis::ledger {
namespace {

namespace json = boost::json;

constexpr std::size_t kSaltBytes = 32;
// The first byte of what is sealed. Visavis 0.1 sealed JSON, which begins with a brace.
constexpr std::uint8_t kBinary = 2;
constexpr std::uint8_t kJson = '{';

enum class Kind : std::uint8_t { kErased = 0, kKept = 1 };

template <typename Length>
void put_text(Bytes& out, std::string_view text) {
    for (std::size_t i = 0; i < sizeof(Length); ++i)
        out.push_back(static_cast<std::uint8_t>(text.size() >> (8 * i)));
    out.insert(out.end(), text.begin(), text.end());
}

void put_list(Bytes& out, const std::vector<Opening>& openings) {
    for (std::size_t i = 0; i < 4; ++i) out.push_back(static_cast<std::uint8_t>(openings.size() >> (8 * i)));
    for (const Opening& opening : openings) {
        out.push_back(static_cast<std::uint8_t>(opening.erased() ? Kind::kErased : Kind::kKept));
        put_text<std::uint8_t>(out, opening.field);
        if (opening.erased()) {
            out.insert(out.end(), opening.commitment.begin(), opening.commitment.end());
            continue;
        }
        // Without the commitment: salt and value give it.
        out.insert(out.end(), opening.salt.begin(), opening.salt.end());
        put_text<std::uint32_t>(out, opening.value);
        put_text<std::uint16_t>(out, opening.subject);
    }
}

/// Reads the sealed bytes, which are authentic: a length that leads outside is a fault of the program.
class Reader {
  public:
    explicit Reader(ByteView bytes) : rest_(bytes) {}

    ByteView take(std::size_t count) {
        if (count > rest_.size()) {
            whole_ = false;
            rest_ = {};
            return {};
        }
        const ByteView taken = rest_.first(count);
        rest_ = rest_.subspan(count);
        return taken;
    }
    std::size_t number(std::size_t bytes) {
        std::size_t value = 0;
        std::size_t shift = 0;
        for (const std::uint8_t byte : take(bytes)) {
            value |= static_cast<std::size_t>(byte) << shift;
            shift += 8;
        }
        return value;
    }
    std::string text(std::size_t length_bytes) { return std::string(as_text(take(number(length_bytes)))); }
    [[nodiscard]] bool whole() const noexcept { return whole_; }
    [[nodiscard]] bool ended() const noexcept { return whole_ && rest_.empty(); }

  private:
    ByteView rest_;
    bool whole_{true};
};

std::vector<Opening> get_list(Reader& reader) {
    std::vector<Opening> openings;
    for (auto count = reader.number(4); count > 0 && reader.whole(); --count) {
        const auto kind = static_cast<Kind>(reader.number(1));
        Opening opening{.field = reader.text(1), .salt = {}, .value = {}, .commitment = {}, .subject = {}};
        if (kind == Kind::kErased) {
            std::ranges::copy(reader.take(sizeof(Hash)), opening.commitment.begin());
        } else {
            const ByteView salt = reader.take(kSaltBytes);
            opening.salt.assign(salt.begin(), salt.end());
            opening.value = reader.text(4);
            opening.subject = reader.text(2);
            opening.commitment = commit(opening.salt, opening.field, opening.value);
        }
        openings.push_back(std::move(opening));
    }
    return openings;
}

Result<Openings> from_binary(ByteView plain) {
    Reader reader(plain);
    Openings openings{
        .fields = get_list(reader), .candidates = get_list(reader), .subjects = get_list(reader)};
    if (!reader.ended()) return fail(ErrorCode::kInternal, "a receipt's openings cannot be read");
    return openings;
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

Bytes join_openings(const SealedOpenings& openings) {
    Bytes bytes;
    bytes.reserve(kReceiptIdBytes + 4 + openings.tags.size() * sizeof(Hash) + openings.sealed.size());
    bytes.insert(bytes.end(), openings.id.begin(), openings.id.end());
    for (const int shift : {0, 8, 16, 24})
        bytes.push_back(static_cast<std::uint8_t>(openings.tags.size() >> shift));
    for (const Hash& tag : openings.tags) bytes.insert(bytes.end(), tag.begin(), tag.end());
    bytes.insert(bytes.end(), openings.sealed.begin(), openings.sealed.end());
    return bytes;
}

Result<SealedOpenings> split_openings(ByteView openings) {
    const auto damaged = [] { return fail(ErrorCode::kInternal, "a receipt's openings are damaged"); };
    if (openings.size() < kReceiptIdBytes + 4) return damaged();
    SealedOpenings result{
        .id = std::string(as_text(openings.first(kReceiptIdBytes))), .tags = {}, .sealed = {}};
    std::size_t count = 0;
    for (std::size_t i = 0; i < 4; ++i)
        count |= static_cast<std::size_t>(openings[kReceiptIdBytes + i]) << (8 * i);
    ByteView rest = openings.subspan(kReceiptIdBytes + 4);
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
    Bytes plain{kBinary};
    for (const auto* list : {&openings.fields, &openings.candidates, &openings.subjects})
        put_list(plain, *list);
    return keys.seal.seal(plain, as_bytes(id));
}

Result<Openings> open_openings(const OpeningKeys& keys, const std::string& id, ByteView sealed) {
    const auto plain = keys.seal.open(sealed, as_bytes(id));
    if (!plain) return std::unexpected(plain.error());
    if (!plain->empty() && plain->front() == kBinary) return from_binary(ByteView(*plain).subspan(1));
    if (plain->empty() || plain->front() != kJson)
        return fail(ErrorCode::kInternal, "a receipt's openings were sealed by a newer version");
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
