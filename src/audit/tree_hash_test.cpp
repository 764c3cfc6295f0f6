#include "audit/tree_hash.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace visavis::audit {
namespace {

namespace fs = std::filesystem;

class TreeHash : public testing::Test {
  protected:
    TreeHash() {
        fs::create_directories(root_ / "a");
        write("a/one.jpg", "one");
        write("two.csv", "two");
    }
    void TearDown() override { fs::remove_all(root_); }

    void write(const std::string& name, const std::string& text) { std::ofstream(root_ / name) << text; }
    [[nodiscard]] Sha256 hash() const { return hash_of_tree(root_.string()).value(); }

    fs::path root_{fs::temp_directory_path() / ("tree-hash-" + std::to_string(::getpid()))};
};

TEST_F(TreeHash, ChangesWithContentNameAndNumberOfFilesAlone) {
    const Sha256 before = hash();
    fs::last_write_time(root_ / "two.csv", fs::file_time_type::clock::now() + std::chrono::hours(1));
    EXPECT_EQ(hash(), before);
    write("a/one.jpg", "eno");
    EXPECT_NE(hash(), before);
    write("a/one.jpg", "one");
    EXPECT_EQ(hash(), before);
    fs::rename(root_ / "a/one.jpg", root_ / "a/two.jpg");
    EXPECT_NE(hash(), before);
    fs::rename(root_ / "a/two.jpg", root_ / "a/one.jpg");
    write("three", "");
    EXPECT_NE(hash(), before);
}

TEST_F(TreeHash, OfAFileIsItsContent) {
    EXPECT_EQ(hash_of_tree((root_ / "two.csv").string()).value(),
              sha256_of_file((root_ / "two.csv").string()).value());
    EXPECT_FALSE(hash_of_tree((root_ / "none").string()));
}

}  // namespace
}  // namespace visavis::audit
