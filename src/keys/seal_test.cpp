#include "keys/seal.h"

#include <gtest/gtest.h>

namespace visavis::keys {
namespace {

TEST(Seal, OpensWhatItSealed) {
    const SealKey key = SealKey::generate();
    const Bytes sealed = key.seal(as_bytes("a template"), as_bytes("place"));
    EXPECT_EQ(sealed.size(), 10 + kSealOverhead);
    const auto plain = key.open(sealed, as_bytes("place"));
    ASSERT_TRUE(plain);
    EXPECT_EQ(as_text(*plain), "a template");
    EXPECT_EQ(key.open(key.seal({}, {}), {}).value(), Bytes{});
}

TEST(Seal, TheSameTextNeverLooksTheSame) {
    const SealKey key = SealKey::generate();
    EXPECT_NE(key.seal(as_bytes("x"), {}), key.seal(as_bytes("x"), {}));
}

TEST(Seal, RefusesAnyAlteredByteAnotherPlaceAndAnotherKey) {
    const SealKey key = SealKey::generate();
    const Bytes sealed = key.seal(as_bytes("a template"), as_bytes("place"));
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        Bytes altered = sealed;
        altered[i] ^= 1U;
        EXPECT_FALSE(key.open(altered, as_bytes("place"))) << i;
        EXPECT_FALSE(key.open(ByteView(sealed).first(i), as_bytes("place"))) << i;
    }
    EXPECT_FALSE(key.open(sealed, as_bytes("elsewhere")));
    EXPECT_FALSE(SealKey::generate().open(sealed, as_bytes("place")));
    EXPECT_FALSE(key.derive("tokens").open(sealed, as_bytes("place")));
}

// McGrew and Viega, "The Galois/Counter Mode of Operation", test case 16: key, nonce, text, associated data.
TEST(Seal, OpensAPublishedVector) {
    const auto key = SealKey::from_bytes(
        from_hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308").value());
    const Bytes sealed =
        from_hex(
            "cafebabefacedbaddecaf888"
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828"
            "838c5f61e6393ba7a0abcc9f662"
            "76fc6ece0f4e1768cddf8853bb2d551b")
            .value();
    const auto plain = key->open(sealed, from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2").value());
    ASSERT_TRUE(plain);
    EXPECT_EQ(
        to_hex(*plain),
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b1"
        "6aedf5aa0de657ba637b39");
}

TEST(Seal, AKeyHas32Bytes) {
    EXPECT_FALSE(SealKey::from_bytes(as_bytes("short")));
}

}  // namespace
}  // namespace visavis::keys
