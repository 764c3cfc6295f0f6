#include "ledger/note.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "base/digest.h"
#include "base/random.h"
#include "ledger/canonical_json.h"

namespace visavis::ledger {
namespace {

constexpr std::string_view kDash = "\xE2\x80\x94 ";  // U+2014 and a space
constexpr std::size_t kSignatureBytes = 64;
constexpr std::size_t kCosignatureBytes = 8 + kSignatureBytes;  // the time comes first
constexpr std::size_t kMostNameBytes = 255;

using PublicKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

Error invalid(std::string message) {
    return {ErrorCode::kInvalidParameter, std::move(message)};
}

bool is_name(std::string_view name) {
    return !name.empty() && name.size() <= kMostNameBytes && std::ranges::none_of(name, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte <= 0x20 || byte >= 0x7f || c == '+';
    });
}

std::uint32_t key_id(std::string_view name, KeyType type, ByteView key) {
    Bytes input(name.begin(), name.end());
    input.push_back('\n');
    input.push_back(static_cast<std::uint8_t>(type));
    input.insert(input.end(), key.begin(), key.end());
    const Sha256 digest = sha256(input);
    return static_cast<std::uint32_t>(digest[0]) << 24 | static_cast<std::uint32_t>(digest[1]) << 16 |
           static_cast<std::uint32_t>(digest[2]) << 8 | digest[3];
}

bool ed25519_verify(ByteView key, std::string_view message, ByteView signature) {
    const PublicKey loaded(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()),
                           EVP_PKEY_free);
    const Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    if (!loaded || !context) return false;
    if (EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, loaded.get()) != 1) return false;
    const ByteView bytes = as_bytes(message);
    return EVP_DigestVerify(context.get(), signature.data(), signature.size(), bytes.data(), bytes.size()) ==
           1;
}

std::uint64_t big_endian(ByteView bytes) {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes) value = value << 8 | byte;
    return value;
}

struct KeyParts {
    std::string_view name;
    std::uint32_t id;
    Bytes key;  // type first
};

/// name+id+base64; the parts are not yet compared with each other.
Result<KeyParts> split_key(std::string_view text) {
    const auto first = text.find('+');
    const auto second = first == std::string_view::npos ? first : text.find('+', first + 1);
    if (second == std::string_view::npos)
        return std::unexpected(invalid("it is not of the form `name+id+key`"));
    KeyParts parts{.name = text.substr(0, first), .id = 0, .key = {}};
    const std::string_view id = text.substr(first + 1, second - first - 1);
    const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), parts.id, 16);
    if (id.size() != 8 || error != std::errc{} || end != id.data() + id.size())
        return std::unexpected(invalid("its key id is not eight hexadecimal digits"));
    auto key = from_base64(text.substr(second + 1));
    if (!key || key->size() != 33) return std::unexpected(invalid("its key is not 33 bytes in base64"));
    if (!is_name(parts.name))
        return std::unexpected(invalid("its name is empty, too long or holds white space"));
    parts.key = std::move(*key);
    return parts;
}

}  // namespace

VerifierKey make_verifier_key(std::string name, KeyType type, const std::array<std::uint8_t, 32>& key) {
    const std::uint32_t id = key_id(name, type, key);
    return {.name = std::move(name), .id = id, .type = type, .key = key};
}

std::string to_text(const VerifierKey& key) {
    Bytes bytes{static_cast<std::uint8_t>(key.type)};
    bytes.insert(bytes.end(), key.key.begin(), key.key.end());
    return fmt::format("{}+{:08x}+{}", key.name, key.id, to_base64(bytes));
}

Result<VerifierKey> parse_verifier_key(std::string_view text) {
    const auto parts = split_key(text);
    if (!parts)
        return std::unexpected(
            invalid(fmt::format("`{}` is no verifier key: {}", text, parts.error().message)));
    const std::uint8_t type = parts->key.front();
    if (type != std::to_underlying(KeyType::kEd25519) && type != std::to_underlying(KeyType::kCosignature))
        return std::unexpected(invalid(fmt::format("`{}` is a key of unknown type `{}`", text, type)));
    std::array<std::uint8_t, 32> key{};
    std::copy(parts->key.begin() + 1, parts->key.end(), key.begin());
    VerifierKey result = make_verifier_key(std::string(parts->name), static_cast<KeyType>(type), key);
    if (result.id != parts->id)
        return std::unexpected(
            invalid(fmt::format("`{}` is no verifier key: its id should be `{:08x}`", text, result.id)));
    return result;
}

Result<NoteSignature> parse_signature_line(std::string_view line) {
    if (!line.starts_with(kDash) || !line.ends_with('\n'))
        return std::unexpected(invalid("a signature line does not begin with a dash and end in a newline"));
    line.remove_prefix(kDash.size());
    line.remove_suffix(1);
    const auto space = line.find(' ');
    if (space == std::string_view::npos || !is_name(line.substr(0, space)))
        return std::unexpected(invalid("a signature line has no key name"));
    const auto bytes = from_base64(line.substr(space + 1));
    // Compared with its own encoding, so that no second spelling of the same bytes passes.
    if (!bytes || bytes->size() < 5 || to_base64(*bytes) != line.substr(space + 1))
        return std::unexpected(invalid("a signature is not base64 of a key id and a signature"));
    return NoteSignature{.name = std::string(line.substr(0, space)),
                         .id = static_cast<std::uint32_t>(big_endian(ByteView(*bytes).first(4))),
                         .signature = Bytes(bytes->begin() + 4, bytes->end())};
}

Result<Note> parse_note(std::string_view note) {
    if (note.size() > kMostNoteBytes)
        return std::unexpected(invalid("a note is larger than a million bytes"));
    if (std::ranges::any_of(note, [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n'; }))
        return std::unexpected(invalid("a note holds a control character"));
    if (!is_utf8(note)) return std::unexpected(invalid("a note is not UTF-8"));
    // The signatures follow the last empty line.
    const auto split = note.rfind("\n\n");
    if (split == std::string_view::npos) return std::unexpected(invalid("a note has no signatures"));
    Note result{.text = std::string(note.substr(0, split + 1)), .signatures = {}};
    std::string_view rest = note.substr(split + 2);
    while (!rest.empty()) {
        const auto end = rest.find('\n');
        if (end == std::string_view::npos)
            return std::unexpected(invalid("a note does not end in a newline"));
        if (result.signatures.size() == kMostSignatures)
            return std::unexpected(invalid("a note has more than a hundred signatures"));
        auto signature = parse_signature_line(rest.substr(0, end + 1));
        if (!signature) return std::unexpected(signature.error());
        result.signatures.push_back(std::move(*signature));
        rest.remove_prefix(end + 1);
    }
    if (result.signatures.empty()) return std::unexpected(invalid("a note has no signatures"));
    return result;
}

std::string to_text(const NoteSignature& signature) {
    Bytes bytes;
    for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<std::uint8_t>(signature.id >> shift));
    bytes.insert(bytes.end(), signature.signature.begin(), signature.signature.end());
    return fmt::format("{}{} {}\n", kDash, signature.name, to_base64(bytes));
}

std::string to_text(const Note& note) {
    std::string text = note.text + "\n";
    for (const auto& signature : note.signatures) text += to_text(signature);
    return text;
}

std::uint64_t cosignature_time(const NoteSignature& signature) {
    if (signature.signature.size() != kCosignatureBytes) return 0;
    return big_endian(ByteView(signature.signature).first(8));
}

bool verifies(const VerifierKey& key, std::string_view text, const NoteSignature& signature) {
    if (signature.name != key.name || signature.id != key.id) return false;
    const ByteView bytes(signature.signature);
    if (key.type == KeyType::kEd25519)
        return bytes.size() == kSignatureBytes && ed25519_verify(key.key, text, bytes);
    if (bytes.size() != kCosignatureBytes) return false;
    const std::string message = fmt::format("cosignature/v1\ntime {}\n{}", cosignature_time(signature), text);
    return ed25519_verify(key.key, message, bytes.subspan(8));
}

bool verifies(const VerifierKey& key, const Note& note) {
    bool any = false;
    for (const auto& signature : note.signatures) {
        if (signature.name != key.name || signature.id != key.id) continue;
        if (!verifies(key, note.text, signature)) return false;
        any = true;
    }
    return any;
}

namespace {

Result<PublicKey> private_key(ByteView seed) {
    PublicKey key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()),
                  EVP_PKEY_free);
    if (!key) return fail(ErrorCode::kInternal, "OpenSSL has no Ed25519");
    return key;
}

Result<VerifierKey> verifier_of(std::string name, ByteView seed) {
    if (!is_name(name))
        return std::unexpected(
            invalid(fmt::format("`{}` cannot name a log: 1 to 255 printable characters without spaces and "
                                "plus signs are expected",
                                name)));
    const auto key = private_key(seed);
    if (!key) return std::unexpected(key.error());
    std::array<std::uint8_t, 32> public_key{};
    std::size_t size = public_key.size();
    if (EVP_PKEY_get_raw_public_key(key->get(), public_key.data(), &size) != 1 || size != public_key.size())
        return fail(ErrorCode::kInternal, "OpenSSL gives no Ed25519 public key");
    return make_verifier_key(std::move(name), KeyType::kEd25519, public_key);
}

}  // namespace

Result<SigningKey> SigningKey::generate(std::string name) {
    SigningKey result;
    const Bytes seed = random_bytes(result.seed_.size());
    std::ranges::copy(seed, result.seed_.begin());
    auto verifier = verifier_of(std::move(name), result.seed_);
    if (!verifier) return std::unexpected(verifier.error());
    result.verifier_ = std::move(*verifier);
    return result;
}

Result<SigningKey> SigningKey::parse(std::string_view text) {
    constexpr std::string_view kPrefix = "PRIVATE+KEY+";
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (!text.starts_with(kPrefix)) return std::unexpected(invalid("the file holds no signing key"));
    const auto parts = split_key(text.substr(kPrefix.size()));
    if (!parts || parts->key.front() != std::to_underlying(KeyType::kEd25519))
        return std::unexpected(invalid("the file holds no Ed25519 signing key"));
    SigningKey result;
    std::copy(parts->key.begin() + 1, parts->key.end(), result.seed_.begin());
    auto verifier = verifier_of(std::string(parts->name), result.seed_);
    if (!verifier) return std::unexpected(verifier.error());
    if (verifier->id != parts->id)
        return std::unexpected(invalid("the signing key's id is not that of its name and key"));
    result.verifier_ = std::move(*verifier);
    return result;
}

std::string SigningKey::to_text() const {
    Bytes bytes{std::to_underlying(KeyType::kEd25519)};
    bytes.insert(bytes.end(), seed_.begin(), seed_.end());
    return fmt::format("PRIVATE+KEY+{}+{:08x}+{}\n", verifier_.name, verifier_.id, to_base64(bytes));
}

NoteSignature SigningKey::sign(std::string_view text) const {
    NoteSignature result{.name = verifier_.name, .id = verifier_.id, .signature = Bytes(kSignatureBytes)};
    const auto key = private_key(seed_);
    const Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    std::size_t size = kSignatureBytes;
    const ByteView bytes = as_bytes(text);
    // A failure leaves zeros, which no verifier accepts; Ed25519 has none on a loaded key.
    if (key && context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key->get()) == 1)
        EVP_DigestSign(context.get(), result.signature.data(), &size, bytes.data(), bytes.size());
    return result;
}

}  // namespace visavis::ledger
