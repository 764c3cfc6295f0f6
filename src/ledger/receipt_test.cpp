#include "ledger/receipt.h"

#include <gtest/gtest.h>

namespace visavis::ledger {
namespace {

Receipt example() {
    Receipt receipt;
    receipt.id = "0e7f1c7a-7a35-4f0c-9a5f-3c1df8b6a1d2";
    receipt.operation = "SearchFacesByImage";
    receipt.start = parse_time("2026-11-24T20:31:30.123Z").value();
    receipt.end = parse_time("2026-11-24T20:31:30.201Z").value();
    receipt.policy_set = "ab12";
    receipt.policies = {"base:allow", "odd \"name\"\n"};
    receipt.commitments["principal"] = commit(Bytes(32, 1), "principal", "maría");
    receipt.candidates = commit_list(std::vector<Hash>{commit(Bytes(32, 2), "candidate", "x")});
    receipt.gallery_size = 25'000;
    receipt.threshold = "80.0000";
    receipt.threshold_fmr = "2.51e-06";
    receipt.pack = "default 1";
    receipt.pack_hash = "ef";
    receipt.curve = "cd";
    receipt.software = "0.1.0";
    return receipt;
}

TEST(Receipt, RoundTripsInOneEncoding) {
    Receipt receipt = example();
    for (int kind = 0; kind < 5; ++kind) {
        if (kind == 1) receipt.verification = {.receipt = 3, .candidate = 0, .confirmed = true};
        if (kind == 2) receipt.key = {.old_key = "a", .new_key = "b", .signature = {1, 2, 3}};
        if (kind == 3) receipt.erasure = {.receipts = 2, .openings = 5};
        if (kind == 4) {
            receipt.outcome = Outcome::kRefused;
            receipt.error = "access_denied";
            receipt.restore = {.backup = "2026-11-24T20:31:30.123Z", .removed = 3};
        }
        const std::string text = to_text(receipt);
        const auto again = parse_receipt(as_bytes(text));
        ASSERT_TRUE(again) << again.error().message << text;
        EXPECT_EQ(*again, receipt);
    }
}

// As versions before 0.2 wrote it: no hash of the pack.
TEST(Receipt, OneOfVersion1IsReadAndWrittenAsItWas) {
    const std::string text =
        R"({"candidates":{"count":0,"root":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="},)"
        R"("end":"2026-11-24T20:31:30.201Z","id":"0e7f1c7a-7a35-4f0c-9a5f-3c1df8b6a1d2",)"
        R"("model":{"curve":"cd","pack":"default 1"},"operation":"SearchFaces","outcome":"answered",)"
        R"("software":"0.1.0","start":"2026-11-24T20:31:30.123Z","v":1})";
    const auto receipt = parse_receipt(as_bytes(text));
    ASSERT_TRUE(receipt) << receipt.error().message;
    EXPECT_EQ(receipt->version, 1U);
    EXPECT_EQ(receipt->pack, "default 1");
    EXPECT_EQ(to_text(*receipt), text);
    std::string with_hash = text;
    with_hash.replace(with_hash.find("\"pack\""), 6, R"("hash":"","pack")");
    EXPECT_FALSE(parse_receipt(as_bytes(with_hash))) << "a member of version 2 in version 1";
}

TEST(Receipt, EveryFlippedByteIsAnotherReceiptOrNone) {
    const std::string text = to_text(example());
    for (std::size_t i = 0; i < text.size(); ++i)
        for (const int bit : {0, 1, 5, 7}) {
            std::string changed = text;
            changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
            const auto parsed = parse_receipt(as_bytes(changed));
            EXPECT_TRUE(!parsed || to_text(*parsed) == changed) << i;
        }
}

TEST(Receipt, NoOtherEncodingPasses) {
    const std::string text = to_text(example());
    for (const std::string& wrong :
         {std::string(), std::string("{}"), std::string("[]"), text + " ", " " + text, text.substr(1),
          "{\"a\":1," + text.substr(1), text.substr(0, text.size() - 1) + ",\"zzz\":1}",
          std::string("{\"v\":3}"), std::string(60'000, '[')})
        EXPECT_FALSE(parse_receipt(as_bytes(wrong))) << wrong.substr(0, 40);
}

TEST(Receipt, ACommitmentBindsSaltFieldAndValue) {
    const Hash one = commit(Bytes(32, 1), "principal", "anna");
    EXPECT_EQ(one, commit(Bytes(32, 1), "principal", "anna"));
    EXPECT_NE(one, commit(Bytes(32, 2), "principal", "anna"));
    EXPECT_NE(one, commit(Bytes(32, 1), "purpose", "anna"));
    EXPECT_NE(one, commit(Bytes(32, 1), "principal", "ann"));
    // Computed with sha256sum over the bytes that docs/formats/receipt.md names.
    EXPECT_EQ(to_hex(one), "4abf6701df81591fb10cfcb7b994690e4d4999b79d9be0cfae430c346dfca6d2");
}

TEST(Receipt, TimesHaveOneSpelling) {
    for (const std::string text :
         {"2026-11-24T20:31:30Z", "2026-11-24T20:31:30.123", "2026-13-24T20:31:30.123Z",
          "2026-11-24T25:31:30.123Z", "2026-11-24 20:31:30.123Z", "2026-11-24T20:31:60.123Z",
          "-026-11-24T20:31:30.123Z"})
        EXPECT_FALSE(parse_time(text)) << text;
    EXPECT_EQ(format_time(parse_time("1970-01-01T00:00:00.000Z").value()), "1970-01-01T00:00:00.000Z");
}

}  // namespace
}  // namespace visavis::ledger
