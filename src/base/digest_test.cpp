#include "base/digest.h"

#include <fstream>

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/random.h"

namespace visavis {
namespace {

TEST(Sha256, AgreesWithFips180Vectors) {
    EXPECT_EQ(to_hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(to_hex(sha256(as_bytes("abc"))),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    Sha256Stream stream;
    stream.update(as_bytes("a"));
    stream.update(as_bytes("bc"));
    EXPECT_EQ(stream.finish(), sha256(as_bytes("abc")));
    EXPECT_EQ(stream.finish(), sha256({})) << "the stream starts afresh";
}

TEST(HmacSha256, AgreesWithRfc4231) {
    EXPECT_EQ(to_hex(hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(ConstantTime, ComparesLengthAndBytes) {
    EXPECT_TRUE(equal_in_constant_time(as_bytes("abc"), as_bytes("abc")));
    EXPECT_FALSE(equal_in_constant_time(as_bytes("abc"), as_bytes("abd")));
    EXPECT_FALSE(equal_in_constant_time(as_bytes("abc"), as_bytes("ab")));
}

TEST(Uuid, HasVersionAndVariant) {
    const std::string uuid = random_uuid();
    EXPECT_EQ(uuid.size(), 36U);
    EXPECT_EQ(uuid[14], '4');
    EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos);
    EXPECT_NE(uuid, random_uuid());
    EXPECT_EQ(name_uuid(as_bytes("x")), name_uuid(as_bytes("x")));
    EXPECT_NE(name_uuid(as_bytes("x")), name_uuid(as_bytes("y")));
    EXPECT_EQ(name_uuid(as_bytes("x"))[14], '5');
}

TEST(Files, AreReplacedWholeAndReadBack) {
    const std::string path = testing::TempDir() + "visavis-replaced";
    ASSERT_TRUE(replace_file(path, as_bytes("one")));
    ASSERT_TRUE(replace_file(path, as_bytes("second")));
    EXPECT_EQ(as_text(read_file(path, 100).value()), "second");
    EXPECT_EQ(sha256_of_file(path).value(), sha256(as_bytes("second")));
    EXPECT_EQ(read_file(path, 5).error().code, ErrorCode::kInvalidParameter);
    EXPECT_EQ(read_file(path + "-absent", 5).error().code, ErrorCode::kNotFound);
    EXPECT_EQ(replace_file("/nowhere/file", as_bytes("x")).error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace visavis
