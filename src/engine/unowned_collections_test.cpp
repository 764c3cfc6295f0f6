#include "engine/unowned_collections.h"

#include "engine/test_engine.h"

namespace visavis::engine {
namespace {

class Unowned : public TestEngine {
  protected:
    store::Collection with_faces(const std::string& account, const std::string& id, std::size_t faces) {
        const store::Collection collection = create(account, id);
        EXPECT_TRUE(add(collection, id, std::vector(faces, std::vector<float>{1, 0}),
                        [](auto&, const auto&) -> Result<void> { return {}; }));
        return collection;
    }
    void remove(const store::Collection& collection) {
        ASSERT_TRUE(store_->write([&](store::Transaction& change) {
            return change.collections().hand_to(collection.key, kNoAccount, collection.uid);
        }));
    }
};

TEST_F(Unowned, DiscardingStopsBetweenTwoStepsAndIsTakenUp) {
    const auto collection = with_faces("111122223333", "c", 2'500);
    remove(collection);
    int steps = 0;
    ASSERT_TRUE(discard(*store_, collection.key, [&] { return ++steps <= 1; }));
    const auto left = find(std::string(kNoAccount), collection.uid);
    ASSERT_TRUE(left);
    EXPECT_EQ(left->faces, 1'500U);
    ASSERT_TRUE(discard_deleted(*store_));
    EXPECT_FALSE(find(std::string(kNoAccount), collection.uid));
    ASSERT_TRUE(discard(*store_, collection.key)) << "what is gone already";
}

TEST_F(Unowned, ImportsAreNotDeletionsUntilTheyAreGivenUp) {
    const auto kept = with_faces("111122223333", "kept", 3);
    const auto import = with_faces(std::string(kNoAccount), "under way", 3);
    ASSERT_TRUE(discard_deleted(*store_));
    EXPECT_TRUE(find(std::string(kNoAccount), "under way"));
    ASSERT_TRUE(give_up_imports(*store_));
    ASSERT_TRUE(give_up_imports(*store_)) << "twice is no error";
    ASSERT_TRUE(discard_deleted(*store_));
    EXPECT_FALSE(find(std::string(kNoAccount), import.uid));
    EXPECT_EQ(find("111122223333", "kept")->faces, 3U);
}

}  // namespace
}  // namespace visavis::engine
