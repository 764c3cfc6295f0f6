#include "audit/trials.h"

#include <map>
#include <set>

namespace visavis::audit {
namespace {

void add(Sample& sample, const DataSet& set, std::uint32_t picture,
         const match::ScoreNormaliser& normaliser) {
    const face::Template& vector = set.pictures[picture].face->vector;
    sample.templates.add(vector, normaliser.of(vector));
    sample.source.push_back(picture);
}

}  // namespace

Sample all_faces(const DataSet& set, const match::ScoreNormaliser& normaliser, std::size_t dimension) {
    Sample sample{.templates = Templates(dimension), .source = {}};
    for (std::uint32_t i = 0; i < set.pictures.size(); ++i)
        if (set.pictures[i].face != nullptr) add(sample, set, i, normaliser);
    return sample;
}

Sample one_face_each(const DataSet& set, const match::ScoreNormaliser& normaliser, std::size_t dimension) {
    Sample sample{.templates = Templates(dimension), .source = {}};
    std::set<std::uint32_t> seen;
    for (std::uint32_t i = 0; i < set.pictures.size(); ++i)
        if (set.pictures[i].face != nullptr && seen.insert(set.pictures[i].person).second)
            add(sample, set, i, normaliser);
    return sample;
}

std::vector<MatedPair> mated_pairs(const DataSet& set, std::size_t most) {
    std::map<std::uint32_t, std::vector<std::uint32_t>> of_person;
    for (std::uint32_t i = 0; i < set.pictures.size(); ++i) of_person[set.pictures[i].person].push_back(i);
    std::vector<MatedPair> pairs;
    for (const auto& [person, pictures] : of_person) {
        std::size_t found = 0;
        for (std::size_t x = 0; x < pictures.size(); ++x)
            for (std::size_t y = x + 1; y < pictures.size() && found < most; ++y) {
                const LabelledPicture& a = set.pictures[pictures[x]];
                const LabelledPicture& b = set.pictures[pictures[y]];
                const bool same_photo = (!a.photo.empty() && a.photo == b.photo) || a.record == b.record;
                if (same_photo) continue;
                pairs.push_back({.a = pictures[x], .b = pictures[y]});
                ++found;
            }
    }
    return pairs;
}

}  // namespace visavis::audit
