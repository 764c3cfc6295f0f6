#include "ledger/note.h"

#include <gtest/gtest.h>

#include "ledger/checkpoint.h"

namespace visavis::ledger {
namespace {

// The example of golang.org/x/mod/sumdb/note's documentation.
constexpr std::string_view kPeterText =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n";
constexpr std::string_view kPeterKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr std::string_view kPeterSignature =
    "\xE2\x80\x94 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

TEST(Note, OpensTheReferenceExample) {
    const auto key = parse_verifier_key(kPeterKey);
    ASSERT_TRUE(key) << key.error().message;
    EXPECT_EQ(to_text(*key), kPeterKey);
    const std::string text = std::string(kPeterText) + "\n" + std::string(kPeterSignature);
    const auto note = parse_note(text);
    ASSERT_TRUE(note) << note.error().message;
    EXPECT_EQ(note->text, kPeterText);
    EXPECT_TRUE(verifies(*key, *note));
    EXPECT_EQ(to_text(*note), text);
}

TEST(Note, NoticesEveryFlippedBit) {
    const auto key = parse_verifier_key(kPeterKey);
    const std::string text = std::string(kPeterText) + "\n" + std::string(kPeterSignature);
    for (std::size_t i = 0; i < text.size(); ++i)
        for (int bit = 0; bit < 8; ++bit) {
            std::string changed = text;
            changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
            const auto note = parse_note(changed);
            EXPECT_FALSE(note && verifies(*key, *note)) << "byte " << i << " bit " << bit;
        }
}

TEST(Note, KeysRoundTripAndSign) {
    const auto key = SigningKey::generate("example.com/log");
    ASSERT_TRUE(key);
    const auto again = SigningKey::parse(key->to_text());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->verifier(), key->verifier());
    const auto signature = again->sign("text\n");
    EXPECT_TRUE(verifies(key->verifier(), "text\n", signature));
    EXPECT_FALSE(verifies(key->verifier(), "texT\n", signature));
    const auto other = SigningKey::generate("example.com/log");
    EXPECT_FALSE(verifies(other->verifier(), "text\n", signature));
}

TEST(Note, RefusesWhatIsNoNoteOrKey) {
    for (const std::string text :
         {"", "\n", "text\n", "text\n\n", "text\n\nsignature\n", "text\n\n\xE2\x80\x94 name\n",
          "text\n\n\xE2\x80\x94 name AAAA\n", "text\n\n\xE2\x80\x94 name AAAAAAAA"})
        EXPECT_FALSE(parse_note(text)) << text;
    for (const std::string key :
         {"", "a", "a+b", "a+00000000+AAAA", "a+zzzzzzzz+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
          "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
          "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"})
        EXPECT_FALSE(parse_verifier_key(key)) << key;
    for (const std::string name : {"", "a b", "a+b", "a\nb"})
        EXPECT_FALSE(SigningKey::generate(name)) << name;
}

TEST(Checkpoint, HasOneSpelling) {
    const std::string root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    const std::string good = "example.com/log\n0\n" + root + "\n";
    const auto checkpoint = parse_checkpoint(good);
    ASSERT_TRUE(checkpoint) << checkpoint.error().message;
    EXPECT_EQ(checkpoint->root, empty_root());
    EXPECT_EQ(to_text(*checkpoint), good);
    for (const std::string& text :
         {"\n0\n" + root + "\n", "o\n00\n" + root + "\n", "o\n-1\n" + root + "\n", "o\n+1\n" + root + "\n",
          "o\n9223372036854775808\n" + root + "\n", "o\n1\n" + root, "o\n1\n" + root + "\n\n",
          std::string("o\n1\nAAAA\n"), "o\n1\n" + root.substr(0, 42) + "V=\n", std::string("o\n1\n")})
        EXPECT_FALSE(parse_checkpoint(text)) << text;
}

TEST(Proof, RoundTripsAndRefusesTheRest) {
    const LogProof proof{.index = 7, .path = {empty_root()}, .checkpoint = "note\n", .extra = Bytes{1, 2}};
    const auto again = parse_proof(to_text(proof));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(to_text(*again), to_text(proof));
    for (const std::string text :
         {"", "c2sp.org/tlog-proof@v2\nindex 0\n\n", "c2sp.org/tlog-proof@v1\n",
          "c2sp.org/tlog-proof@v1\nindex 00\n\n", "c2sp.org/tlog-proof@v1\nindex -1\n\n",
          "c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\n", "c2sp.org/tlog-proof@v1\nextra !\nindex 1\n\n",
          "c2sp.org/tlog-proof@v1\nindex 1\n"})
        EXPECT_FALSE(parse_proof(text)) << text;
}

}  // namespace
}  // namespace visavis::ledger
