#include "base/bytes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace visavis {
namespace {

TEST(Hex, RoundTripsEveryByte) {
    Bytes all(256);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i);
    EXPECT_EQ(from_hex(to_hex(all)).value(), all);
    EXPECT_EQ(to_hex(Bytes{0x00, 0xAB, 0xFF}), "00abff");
    EXPECT_EQ(from_hex("AbFf").value(), (Bytes{0xab, 0xff}));
}

TEST(Hex, NamesWhatIsWrong) {
    EXPECT_FALSE(from_hex("abc").has_value());
    EXPECT_THAT(from_hex("0g").error().message, testing::HasSubstr("position 1"));
}

TEST(Base64, AgreesWithRfc4648Vectors) {
    const std::pair<std::string_view, std::string_view> vectors[] = {
        {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, encoded] : vectors) {
        EXPECT_EQ(to_base64(as_bytes(plain)), encoded);
        EXPECT_EQ(as_text(from_base64(encoded).value()), plain);
    }
}

TEST(Base64, RefusesWhatIsNotBase64) {
    for (const std::string_view bad : {"Zg=", "Zg", "Z===", "====", "Zm9\n", "Zm-_", "Zg==Zg=="})
        EXPECT_FALSE(from_base64(bad).has_value()) << bad;
    EXPECT_THAT(from_base64("Zm9vZm*v").error().message, testing::HasSubstr("position 6"));
}

}  // namespace
}  // namespace visavis
