#include "audit/comparer.h"

#include <algorithm>
#include <limits>

#include "match/score.h"

namespace visavis::audit {

Templates PackComparer::templates(const DataSet& set, std::span<const std::uint32_t> pictures) const {
    Templates found(dimension_);
    for (const std::uint32_t picture : pictures) {
        const face::Template& vector = set.pictures[picture].face->vector;
        found.add(vector, normaliser_.of(vector));
    }
    return found;
}

double PackComparer::lowest_kept(double threshold) const {
    return std::min(threshold, 100.0 / 7);
}

Result<std::vector<ScoredPair>> PackComparer::search(const DataSet& probes,
                                                     std::span<const std::uint32_t> searched,
                                                     const DataSet& gallery,
                                                     std::span<const std::uint32_t> faces, double threshold) {
    const double lowest = cut(lowest_kept(threshold));
    std::vector<std::vector<ScoredPair>> found(std::max<std::size_t>(1, threads_));
    score_rows(templates(probes, searched), templates(gallery, faces), found.size(),
               [&](std::size_t worker, std::size_t row, std::span<const float> scores) {
                   for (std::size_t j = 0; j < scores.size(); ++j)
                       if (double{scores[j]} >= lowest)
                           found[worker].push_back(
                               {.probe = searched[row], .gallery = faces[j], .score = double{scores[j]}});
               });
    std::vector<ScoredPair> all;
    for (const auto& part : found) all.insert(all.end(), part.begin(), part.end());
    return all;
}

Result<std::vector<double>> PackComparer::compare(const DataSet& set, std::span<const MatedPair> pairs) {
    std::vector<double> scores;
    scores.reserve(pairs.size());
    for (const auto& [a, b] : pairs) {
        const FaceRecord* x = set.pictures[a].face;
        const FaceRecord* y = set.pictures[b].face;
        scores.push_back(x == nullptr || y == nullptr
                             ? -std::numeric_limits<double>::infinity()
                             : match::normalised(match::cosine(x->vector, y->vector),
                                                 normaliser_.of(x->vector), normaliser_.of(y->vector)));
    }
    return scores;
}

}  // namespace visavis::audit
