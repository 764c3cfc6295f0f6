// Signed notes (https://c2sp.org/signed-note) and cosignatures (https://c2sp.org/tlog-cosignature), on
// OpenSSL's Ed25519.
//
//     <text, ends in a newline>
//     <empty line>
//     — <key name> <base64(4-byte key id ‖ signature)>
//     … one line a signature
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"

namespace visavis::ledger {

inline constexpr std::size_t kMostNoteBytes = 1'000'000;
inline constexpr std::size_t kMostSignatures = 100;

enum class KeyType : std::uint8_t {
    kEd25519 = 0x01,      ///< signs the text: a log
    kCosignature = 0x04,  ///< `cosignature/v1`: signs the text with a time: a witness
};

/// A public key with the name of its owner; texts such as
/// `example.com/log+1a2b3c4d+AaJ…` (name, key id in hexadecimal, base64 of type ‖ key).
struct VerifierKey {
    std::string name;
    std::uint32_t id{};  ///< first four bytes of SHA-256(name ‖ "\n" ‖ type ‖ key), big-endian
    KeyType type{KeyType::kEd25519};
    std::array<std::uint8_t, 32> key{};

    friend bool operator==(const VerifierKey&, const VerifierKey&) = default;
};

[[nodiscard]] VerifierKey make_verifier_key(std::string name, KeyType type,
                                            const std::array<std::uint8_t, 32>& key);
[[nodiscard]] std::string to_text(const VerifierKey& key);

/// kInvalidParameter, saying what is wrong, for a text that is no verifier key or whose id is not that of its
/// key.
[[nodiscard]] Result<VerifierKey> parse_verifier_key(std::string_view text);

struct NoteSignature {
    std::string name;
    std::uint32_t id{};
    Bytes signature;  ///< without the key id

    friend bool operator==(const NoteSignature&, const NoteSignature&) = default;
};

struct Note {
    std::string text;  ///< ends in a newline
    std::vector<NoteSignature> signatures;
};

/// kInvalidParameter, saying what is wrong, unless the bytes are a note with 1…100 signature lines. Nothing
/// is verified. Safe on hostile input.
[[nodiscard]] Result<Note> parse_note(std::string_view note);
/// One signature line with its newline, as a witness answers it; errors as parse_note.
[[nodiscard]] Result<NoteSignature> parse_signature_line(std::string_view line);

[[nodiscard]] std::string to_text(const NoteSignature& signature);
[[nodiscard]] std::string to_text(const Note& note);

/// Whether the signature is this key's over this text. False for a signature of another name, id or length.
[[nodiscard]] bool verifies(const VerifierKey& key, std::string_view text, const NoteSignature& signature);

/// Whether the note carries a valid signature of this key; false too when one line of this key is invalid.
[[nodiscard]] bool verifies(const VerifierKey& key, const Note& note);

/// The time at which a witness says it signed; seconds since 1970. 0 if the signature is no cosignature.
[[nodiscard]] std::uint64_t cosignature_time(const NoteSignature& signature);

/// A log's private key. Thread-safe once made.
class SigningKey {
  public:
    /// A fresh key. `name` has no white space and no plus sign, is not empty and has at most 255 bytes; else
    /// kInvalidParameter.
    [[nodiscard]] static Result<SigningKey> generate(std::string name);

    /// From the text that `to_text` gives (the format of golang.org/x/mod/sumdb/note). kInvalidParameter,
    /// never repeating the text, if it is none.
    [[nodiscard]] static Result<SigningKey> parse(std::string_view text);

    /// `PRIVATE+KEY+<name>+<id>+<base64(type ‖ seed)>`: secret.
    [[nodiscard]] std::string to_text() const;

    [[nodiscard]] const VerifierKey& verifier() const noexcept { return verifier_; }
    [[nodiscard]] NoteSignature sign(std::string_view text) const;

  private:
    SigningKey() = default;
    std::array<std::uint8_t, 32> seed_{};
    VerifierKey verifier_;
};

}  // namespace visavis::ledger
