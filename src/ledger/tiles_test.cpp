#include "ledger/tiles.h"

#include <gtest/gtest.h>

namespace visavis::ledger {
namespace {

TEST(Tiles, PathsAreThoseOfTheSpecification) {
    EXPECT_EQ(tile_path({.entries = false, .level = 0, .index = 1234067, .width = 256}),
              "tile/0/x001/x234/067");
    EXPECT_EQ(tile_path({.entries = false, .level = 3, .index = 0, .width = 7}), "tile/3/000.p/7");
    EXPECT_EQ(tile_path({.entries = true, .level = 0, .index = 1000, .width = 1}),
              "tile/entries/x001/000.p/1");
    for (const std::string path : {"tile/0/x001/x234/067", "tile/3/000.p/7", "tile/entries/x001/000.p/1",
                                   "tile/entries/999", "tile/7/001"}) {
        const auto tile = parse_tile_path(path);
        ASSERT_TRUE(tile) << path;
        EXPECT_EQ(tile_path(*tile), path);
    }
}

TEST(Tiles, NoOtherSpellingIsAPath) {
    for (const std::string path : {"",
                                   "tile",
                                   "tile/",
                                   "tile/0",
                                   "tile/0/",
                                   "tile/8/000",
                                   "tile/00/000",
                                   "tile/-1/000",
                                   "tile/0/00",
                                   "tile/0/0000",
                                   "tile/0/x000/001",
                                   "tile/0/x1/001",
                                   "tile/0/001/",
                                   "tile/0/001.p/0",
                                   "tile/0/001.p/256",
                                   "tile/0/001.p/07",
                                   "tile/0/001.p/",
                                   "tile/0/../key",
                                   "tile/entries/../../key",
                                   "tile/0/x999/x999/x999/x999/x999/x999/999",
                                   "/tile/0/000",
                                   "tile/0/000\n",
                                   "tile/data/000"})
        EXPECT_FALSE(parse_tile_path(path)) << path;
}

TEST(Tiles, BundlesGiveBackTheirEntriesAndNothingElse) {
    Bytes bundle;
    add_to_bundle(bundle, as_bytes("a"));
    add_to_bundle(bundle, {});
    add_to_bundle(bundle, Bytes(kMostEntryBytes, 7));
    const auto entries = decode_bundle(bundle, 3);
    ASSERT_TRUE(entries);
    EXPECT_EQ(as_text((*entries)[0]), "a");
    EXPECT_TRUE((*entries)[1].empty());
    EXPECT_EQ((*entries)[2].size(), kMostEntryBytes);
    EXPECT_FALSE(decode_bundle(bundle, 2));
    EXPECT_FALSE(decode_bundle(bundle, 4));
    bundle.pop_back();
    EXPECT_FALSE(decode_bundle(bundle, 3));
}

}  // namespace
}  // namespace visavis::ledger
