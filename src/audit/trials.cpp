#include "audit/trials.h"

#include <map>
#include <set>

namespace visavis::audit {

std::vector<std::uint32_t> all_faces(const DataSet& set) {
    std::vector<std::uint32_t> found;
    for (std::uint32_t i = 0; i < set.pictures.size(); ++i)
        if (set.pictures[i].face != nullptr) found.push_back(i);
    return found;
}

std::vector<std::uint32_t> one_face_each(const DataSet& set) {
    std::vector<std::uint32_t> found;
    std::set<std::uint32_t> seen;
    for (const std::uint32_t i : all_faces(set))
        if (seen.insert(set.pictures[i].person).second) found.push_back(i);
    return found;
}

bool same_photograph(const LabelledPicture& a, const LabelledPicture& b) {
    return (!a.photo.empty() && a.photo == b.photo) ||
           (a.record != nullptr && b.record != nullptr && a.record->picture == b.record->picture);
}

std::vector<PositionPair> copies(const DataSet& set, std::span<const std::uint32_t> pictures) {
    std::map<Sha256, std::vector<std::uint32_t>> of_file;
    std::map<std::string, std::vector<std::uint32_t>> of_mark;
    for (std::uint32_t position = 0; position < pictures.size(); ++position) {
        const LabelledPicture& picture = set.pictures[pictures[position]];
        if (picture.record != nullptr) of_file[picture.record->picture].push_back(position);
        if (!picture.photo.empty()) of_mark[picture.photo].push_back(position);
    }
    std::set<PositionPair> found;
    const auto add = [&](const auto& alike) {
        for (const auto& [key, positions] : alike)
            for (std::size_t x = 0; x < positions.size(); ++x)
                for (std::size_t y = x + 1; y < positions.size(); ++y)
                    found.emplace(positions[x], positions[y]);
    };
    add(of_file);
    add(of_mark);
    return {found.begin(), found.end()};
}

std::vector<MatedPair> mated_pairs(const DataSet& set, std::size_t most) {
    std::map<std::uint32_t, std::vector<std::uint32_t>> of_person;
    for (std::uint32_t i = 0; i < set.pictures.size(); ++i) of_person[set.pictures[i].person].push_back(i);
    std::vector<MatedPair> pairs;
    for (const auto& [person, pictures] : of_person) {
        std::size_t found = 0;
        for (std::size_t x = 0; x < pictures.size(); ++x)
            for (std::size_t y = x + 1; y < pictures.size() && found < most; ++y) {
                if (same_photograph(set.pictures[pictures[x]], set.pictures[pictures[y]])) continue;
                pairs.push_back({.a = pictures[x], .b = pictures[y]});
                ++found;
            }
    }
    return pairs;
}

}  // namespace visavis::audit
