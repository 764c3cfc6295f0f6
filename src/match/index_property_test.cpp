// The index answers exactly like comparing everything in float.
#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "match/index.h"
#include "match/kernels/kernels.h"

namespace visavis::match {
namespace {

using Vector = std::vector<float>;
using Rows = std::map<std::uint64_t, StoredRow>;

Vector unit(Vector v) {
    double squares = 0;
    for (const float x : v) squares += double{x} * double{x};
    for (float& x : v) x = static_cast<float>(x / std::sqrt(squares));
    return v;
}

class Source {
  public:
    Source(std::size_t dimension, unsigned seed) : dimension_(dimension), random_(seed) {}

    std::size_t below(std::size_t end) {
        return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_);
    }

    Vector gaussian() {
        Vector v(dimension_);
        std::normal_distribution<float> normal;
        for (float& x : v) x = normal(random_);
        return unit(std::move(v));
    }

    // What is hard for codes: one number alone, two levels, a large one among small ones, steps of the codes
    // themselves, all equal, and near copies of an earlier vector.
    Vector awkward() {
        Vector v(dimension_, 0);
        switch (below(6)) {
            case 0:
                v[below(dimension_)] = below(2) ? 1.0F : -1.0F;
                break;
            case 1:
                for (float& x : v) x = below(2) ? 1.0F : -1.0F;
                break;
            case 2:
                v = gaussian();
                v[below(dimension_)] = 5;
                break;
            case 3:
                for (float& x : v) x = static_cast<float>(below(17)) - 8;
                v[0] = 9;
                break;
            case 4:
                std::ranges::fill(v, 1.0F);
                break;
            default:
                v = last_;
                if (v.empty()) v = gaussian();
                if (below(2)) v[below(dimension_)] += 1e-6F;
        }
        last_ = unit(std::move(v));
        return last_;
    }

    Normalisation normalisation() {
        std::uniform_real_distribution<float> deviation(0.03F, 0.2F), mean(-0.2F, 0.6F);
        const float s = deviation(random_);
        return {.weight = 1 / s, .offset = mean(random_) / s};
    }

  private:
    std::size_t dimension_;
    std::mt19937 random_;
    Vector last_;
};

std::vector<Hit> oracle(const Rows& rows, const Query& query) {
    std::vector<Hit> hits;
    const std::set<std::uint64_t> except(query.except.begin(), query.except.end());
    std::set<std::uint64_t> only;
    if (query.only) only.insert(query.only->begin(), query.only->end());
    for (const auto& [key, row] : rows) {
        if ((query.only && !only.contains(key)) || except.contains(key)) continue;
        const double c = cosine(query.vector, row.vector);
        const double score = normalised(c, query.normalisation, row.normalisation);
        if (score >= query.threshold) hits.push_back({key, score, c});
    }
    std::ranges::sort(hits, [](const Hit& a, const Hit& b) {
        return a.score != b.score ? a.score > b.score : a.key < b.key;
    });
    hits.resize(std::min(hits.size(), query.most));
    return hits;
}

struct Case {
    std::size_t dimension;
    std::size_t rows;
    bool awkward;
    bool weighted;
};

class ExactSearch : public testing::TestWithParam<Case> {
  protected:
    void check_with(const char* kernel, std::size_t threads) {
        const auto [dimension, count, awkward, weighted] = GetParam();
        auto opened = Index::open({.dimension = dimension, .kernel = kernel, .threads = threads}, 0);
        ASSERT_TRUE(opened) << opened.error().message;
        Index& index = *opened->index;
        Source source(dimension, static_cast<unsigned>(dimension + count));

        Rows rows;
        for (std::size_t i = 0; i < count; ++i) {
            const std::uint64_t key = 7919 * (i + 1) % 1'000'003;  // not ascending
            StoredRow row{awkward ? source.awkward() : source.gaussian(), {}};
            if (weighted) row.normalisation = source.normalisation();
            rows.emplace(key, std::move(row));
        }
        std::vector<Row> appended;
        for (const auto& [key, row] : rows) appended.push_back({key, row.vector, row.normalisation});
        std::ranges::reverse(appended);
        ASSERT_TRUE(index.append(appended));

        // A third goes, some come anew into the holes.
        std::vector<std::uint64_t> gone;
        for (const auto& entry : rows)
            if (source.below(3) == 0) gone.push_back(entry.first);
        ASSERT_EQ(index.erase(gone), gone.size());
        for (const std::uint64_t key : gone) rows.erase(key);
        for (std::uint64_t key = 2'000'000; key < 2'000'100; ++key) {
            StoredRow row{source.gaussian(), {}};
            ASSERT_TRUE(index.append(std::vector<Row>{{key, row.vector, row.normalisation}}));
            rows.emplace(key, std::move(row));
        }
        ASSERT_EQ(index.size(), rows.size());

        std::vector<Vector> probes;
        std::vector<std::vector<std::uint64_t>> keys;
        std::vector<Query> queries;
        probes.reserve(32);
        // The last eight share a step, as queries of real templates do (see Codec::encode_query).
        for (int i = 0; i < 32; ++i)
            probes.push_back(i < 24 && i % 3 == 0 ? source.awkward() : source.gaussian());
        probes[1] = rows.begin()->second.vector;
        for (std::size_t i = 0; i < probes.size(); ++i) {
            keys.emplace_back();
            const std::size_t some = i % 2 == 0 ? 20 : rows.size() / 2;
            for (const auto& entry : rows)
                if (source.below(rows.size()) < some) keys.back().push_back(entry.first);
            keys.back().push_back(gone.empty() ? 1 : gone.front());
        }
        for (std::size_t i = 0; i < probes.size(); ++i) {
            Query query{.vector = probes[i]};
            if (weighted && i % 5 != 0) query.normalisation = source.normalisation();
            query.most = std::vector<std::size_t>{1, 10, 100, 4096}[i % 4];
            if (i % 3 == 1) query.threshold = weighted ? 1.0 : 0.2;
            if (i % 7 == 2) {  // the very score of some row: that row must be in
                const auto all = oracle(rows, query);
                if (!all.empty()) query.threshold = all[all.size() / 2].score;
            }
            if (i % 5 == 3) query.only = keys[i];
            if (i % 4 == 2) query.except = keys[i];
            queries.push_back(query);
        }
        const auto answers = index.search(queries);
        ASSERT_TRUE(answers) << answers.error().message;
        for (std::size_t i = 0; i < queries.size(); ++i)
            ASSERT_EQ((*answers)[i], oracle(rows, queries[i])) << "query " << i << " by " << index.kernel();
        EXPECT_EQ(index.search(queries[3]), answers->at(3)) << "alone as in company";
    }
};

TEST_P(ExactSearch, AnswersLikeComparingEverything) {
    for (const auto* kernel = kernels::available(); *kernel != nullptr; ++kernel)
        check_with((*kernel)->name, 1);
}

TEST_P(ExactSearch, AnswersAlikeWithThreads) {
    check_with("", 3);
}

// The order that defeats a guess from the first rows at where the last will end, and the reverse.
TEST(ExactSearchOfSortedRows, AnswersLikeComparingEverything) {
    Source source(32, 5);
    std::vector<Vector> probes;
    probes.reserve(3);
    for (int i = 0; i < 3; ++i) probes.push_back(source.gaussian());
    std::vector<Vector> vectors;
    vectors.reserve(30'000);
    for (int i = 0; i < 30'000; ++i) vectors.push_back(source.gaussian());
    for (const bool descending : {false, true}) {
        std::ranges::sort(vectors, [&](const Vector& a, const Vector& b) {
            return (cosine(a, probes[0]) > cosine(b, probes[0])) == descending;
        });
        auto opened = Index::open({.dimension = 32}, 0);
        Rows rows;
        std::vector<Row> appended;
        for (std::uint64_t key = 0; key < vectors.size(); ++key) {
            rows.emplace(key, StoredRow{vectors[key], {}});
            appended.push_back({.key = key, .vector = vectors[key]});
        }
        ASSERT_TRUE(opened->index->append(appended));
        std::vector<Query> queries;
        for (const Vector& probe : probes)
            for (const std::size_t most : {20UL, 100UL, 1000UL})
                for (const double threshold : {-2.0, 0.5})
                    queries.push_back({.vector = probe, .threshold = threshold, .most = most});
        const auto answers = opened->index->search(queries);
        ASSERT_TRUE(answers);
        for (std::size_t i = 0; i < queries.size(); ++i)
            ASSERT_EQ((*answers)[i], oracle(rows, queries[i])) << descending << " " << i;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Data, ExactSearch,
    testing::Values(Case{1, 50, true, false}, Case{3, 500, true, true}, Case{31, 2000, false, false},
                    Case{128, 5000, false, false}, Case{128, 5000, true, false}, Case{128, 5000, false, true},
                    Case{128, 5000, true, true}, Case{192, 3000, true, true}, Case{512, 2000, false, false},
                    Case{512, 2000, true, true}, Case{4096, 300, true, true}, Case{8, 66'000, true, false}),
    [](const auto& one) {
        return std::to_string(one.param.dimension) + "x" + std::to_string(one.param.rows) +
               (one.param.awkward ? "awkward" : "gaussian") + (one.param.weighted ? "weighted" : "");
    });

}  // namespace
}  // namespace visavis::match
