#include "match/index.h"

#include <algorithm>
#include <cmath>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace visavis::match {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<float> unit(std::vector<float> v) {
    double squares = 0;
    for (const float x : v) squares += double{x} * double{x};
    for (float& x : v) x = static_cast<float>(x / std::sqrt(squares));
    return v;
}

class IndexOfPlane : public testing::Test {
  protected:
    // Key k at k·10 degrees.
    void SetUp() override {
        index_ = std::move(Index::open({.dimension = 2}, 0)->index);
        for (const int key : {3, 1, 2}) {
            const float angle = static_cast<float>(key) * 0.1745F;
            const auto v = unit({std::cos(angle), std::sin(angle)});
            ASSERT_TRUE(
                index_->append(std::vector<Row>{{.key = static_cast<std::uint64_t>(key), .vector = v}}));
        }
    }

    std::vector<std::uint64_t> found(const Query& query) {
        std::vector<std::uint64_t> keys;
        const auto hits = index_->search(query);
        for (const Hit& hit : hits.value()) keys.push_back(hit.key);
        return keys;
    }

    std::unique_ptr<Index> index_;
    std::vector<float> x_{1, 0};
};

TEST_F(IndexOfPlane, RanksByScoreAndCutsAtThresholdAndCount) {
    EXPECT_THAT(found({.vector = x_}), ElementsAre(1, 2, 3));
    EXPECT_THAT(found({.vector = x_, .most = 2}), ElementsAre(1, 2));
    EXPECT_THAT(found({.vector = x_, .threshold = 0.95}), ElementsAre(1));
    EXPECT_THAT(found({.vector = x_, .threshold = 0.999}), IsEmpty());
}

TEST_F(IndexOfPlane, KeepsToTheRowsAskedFor) {
    const std::vector<std::uint64_t> some{3, 2, 99};
    const std::vector<std::uint64_t> self{2};
    EXPECT_THAT(found({.vector = x_, .only = some}), ElementsAre(2, 3));
    EXPECT_THAT(found({.vector = x_, .only = some, .except = self}), ElementsAre(3));
    EXPECT_THAT(found({.vector = x_, .only = std::span<const std::uint64_t>{}}), IsEmpty());
}

TEST_F(IndexOfPlane, ErasedRowsAreGone) {
    EXPECT_EQ(index_->erase(std::vector<std::uint64_t>{1, 77}), 1U);
    EXPECT_THAT(found({.vector = x_}), ElementsAre(2, 3));
    EXPECT_THAT(index_->keys(), ElementsAre(2, 3));
    EXPECT_FALSE(index_->find(1));
}

TEST_F(IndexOfPlane, RefusesWhatItCannotCompare) {
    const std::vector<float> longer{1, 0, 0};
    const std::vector<float> heavy{2, 0};
    const std::vector<float> none{std::nanf(""), 0};
    for (const auto& [vector, words] :
         {std::pair{longer, "`3` numbers"}, {heavy, "norm `2`"}, {none, "norm `nan`"}}) {
        const auto appended = index_->append(std::vector<Row>{{.key = 9, .vector = vector}});
        ASSERT_FALSE(appended);
        EXPECT_THAT(appended.error().message, HasSubstr(words));
        EXPECT_FALSE(index_->search({.vector = vector}));
    }
    EXPECT_FALSE(index_->append(std::vector<Row>{{.key = 2, .vector = x_}})) << "the key is taken";
    EXPECT_FALSE(index_->append(std::vector<Row>{{.key = 9, .vector = x_}, {.key = 9, .vector = x_}}));
    EXPECT_FALSE(index_->search({.vector = x_, .most = 0}));
    EXPECT_FALSE(index_->search({.vector = x_, .most = 4097}));
    EXPECT_EQ(index_->size(), 3U);
}

}  // namespace
}  // namespace visavis::match
