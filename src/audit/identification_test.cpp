#include "audit/identification.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/synthetic_gallery.h"
#include "audit/test_scale.h"
#include "match/compare.h"
#include "match/synthetic.h"

namespace visavis::audit {
namespace {

constexpr std::size_t kDimension = 32;

/// People with `shots` photographs each, around templates that `people` makes; picture s of person p is file
/// `p-s`.
struct World {
    World(std::size_t people, int shots, std::uint64_t seed) {
        match::SyntheticTemplates made(kDimension, seed);
        set.groups = {"all"};
        set.name = "world";
        for (std::uint32_t person = 0; person < people; ++person) {
            set.people.push_back(std::string(3 - std::to_string(person).size(), '0') +
                                 std::to_string(person));
            face::Template base(kDimension);
            made.next(base);
            for (int shot = 0; shot < shots; ++shot) {
                face::Template vector(kDimension);
                made.mate(base, 0.97, vector);
                auto record = std::make_unique<PictureRecord>();
                record->picture =
                    sha256(as_bytes(std::to_string(seed) + set.people.back() + std::to_string(1000 + shot)));
                FaceRecord face;
                face.vector = vector;
                record->faces.push_back(std::move(face));
                set.pictures.push_back({.file = set.people.back() + "-" + std::to_string(shot),
                                        .path = {},
                                        .photo = {},
                                        .person = person,
                                        .group = 0,
                                        .record = record.get(),
                                        .face = &record->faces.front()});
                records.push_back(std::move(record));
            }
        }
        compose(set);
    }
    DataSet set;
    std::vector<std::unique_ptr<PictureRecord>> records;
};

bool is_first(const LabelledPicture& picture) {
    return picture.file.ends_with("-0");
}

TEST(GallerySizes, FindsTheOwnPersonAndNoStrangerIsOne) {
    World world(150, 2, 1);
    const DataSet gallery = part_of(world.set, "enrolled", is_first);
    const DataSet probes = part_of(world.set, "searched", [](const auto& p) { return !is_first(p); });
    const match::ScoreNormaliser none;
    const auto curve = straight_scale();
    const PackComparer comparer(none, curve, kDimension, 2);
    const auto found = search_sizes(probes, gallery, {}, comparer, {.synthetic_up_to = 10'000, .seed = 3});
    ASSERT_EQ(found.sizes.size(), 4U);  // 100, 150 real; 1,000 and 10,000 filled up
    EXPECT_EQ(found.sizes[found.all].faces, 150U);
    EXPECT_TRUE(found.sizes.back().synthetic);
    for (const SearchOutcome& search : found.searches) {
        EXPECT_TRUE(search.enrolled);
        EXPECT_GT(search.own, 0.8);
        double best = -1;
        for (const LabelledPicture& other : gallery.pictures)
            if (other.person != probes.pictures[search.picture].person)
                best = std::max(
                    best, match::cosine(probes.pictures[search.picture].face->vector, other.face->vector));
        EXPECT_NEAR(search.strangers[found.all], best, 1e-5);
        EXPECT_LE(search.strangers[0], search.strangers[1]);
        EXPECT_LE(search.strangers[1], search.strangers[2]);
        EXPECT_LE(search.strangers[2], search.strangers[3]);
        // A copy of the searched person's own face would score about 0.8.
        EXPECT_EQ(search.rank[found.all], 0U);
    }
}

TEST(GallerySizes, TakesNoMovedCopyOfAPersonsOwnFaceForAStranger) {
    World world(1, 140, 1);
    const DataSet gallery = part_of(world.set, "enrolled", [](const auto& p) { return !is_first(p); });
    const DataSet probes = part_of(world.set, "searched", is_first);
    const match::ScoreNormaliser none;
    const auto curve = straight_scale();
    const PackComparer comparer(none, curve, kDimension, 2);
    const auto found = search_sizes(probes, gallery, {}, comparer, {.synthetic_up_to = 10'000, .seed = 3});
    ASSERT_EQ(found.searches.size(), 1U);
    EXPECT_TRUE(found.sizes.back().synthetic);
    for (const double highest : found.searches.front().strangers)
        EXPECT_EQ(highest, -std::numeric_limits<double>::infinity());
}

TEST(GallerySizes, DoesNotDependOnTheNumberOfThreads) {
    World world(150, 2, 1);
    const match::ScoreNormaliser none;
    const auto curve = straight_scale();
    const auto run = [&](std::size_t threads) {
        const PackComparer comparer(none, curve, kDimension, threads);
        return search_sizes(world.set, world.set, {}, comparer, {.synthetic_up_to = 10'000, .seed = 3});
    };
    const auto one = run(1);
    const auto three = run(3);
    for (std::size_t i = 0; i < one.searches.size(); ++i)
        EXPECT_EQ(one.searches[i].strangers, three.searches[i].strangers);
}

TEST(SyntheticGallery, HasTheGeometryOfTheRealOne) {
    World world(900, 1, 7);
    const match::ScoreNormaliser none;
    const auto curve = straight_scale();
    const PackComparer comparer(none, curve, kDimension, 1);
    const auto faces = all_faces(world.set);
    const Templates real = comparer.templates(world.set, faces);
    const SyntheticGallery synthetic(real, 5);
    Templates made(kDimension);
    face::Template vector(kDimension);
    for (std::uint64_t i = 0; i < 900; ++i) {
        synthetic.make(i, vector);
        made.add(vector, {});
    }
    const auto moments = [](const Templates& templates) {
        double sum = 0;
        double squares = 0;
        double count = 0;
        score_rows(templates, templates, 1, [&](std::size_t, std::size_t row, std::span<const float> scores) {
            for (std::size_t j = row + 1; j < scores.size(); ++j) {
                sum += double{scores[j]};
                squares += double{scores[j]} * double{scores[j]};
                ++count;
            }
        });
        return std::pair(sum / count, std::sqrt(squares / count - sum / count * sum / count));
    };
    EXPECT_NEAR(moments(made).first, moments(real).first, 0.01);
    EXPECT_NEAR(moments(made).second, moments(real).second, 0.01);
    face::Template again(kDimension);
    EXPECT_EQ(synthetic.make(11, vector), synthetic.make(11, again));
    EXPECT_EQ(vector, again);
}

TEST(Identification, CountsAPictureWithoutAFaceAsMissedAndRefusesAnEmptySide) {
    World world(150, 2, 1);
    DataSet probes = part_of(world.set, "searched", [](const auto& p) { return !is_first(p); });
    const DataSet gallery = part_of(world.set, "enrolled", is_first);
    probes.pictures.front().face = nullptr;
    const match::ScoreNormaliser none;
    const auto curve = straight_scale();
    const PackComparer comparer(none, curve, kDimension, 1);
    const auto measured = identification(probes, gallery, {}, comparer, {.thresholds = {70}, .resamples = 50},
                                         {.bounds = {0.1}, .synthetic_up_to = 0, .progress = {}});
    ASSERT_TRUE(measured);
    const auto& row = measured->sections.front().tables.front().rows.front();
    EXPECT_EQ(std::get<Rate>(row[3]).events(), 1U);
    EXPECT_EQ(std::get<Rate>(row[3]).trials(), 150U);
    EXPECT_EQ(std::get<Rate>(row[4]).events(), 149U);

    for (LabelledPicture& picture : probes.pictures) picture.face = nullptr;
    EXPECT_FALSE(identification(probes, gallery, {}, comparer, {.thresholds = {70}}, {}));
}

}  // namespace
}  // namespace visavis::audit
