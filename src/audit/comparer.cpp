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

Result<std::vector<ScoredPair>> Comparer::pairs_within(const DataSet& set,
                                                       std::span<const std::uint32_t> faces,
                                                       double threshold) {
    auto pairs = search(set, faces, set, faces, threshold);
    if (pairs) std::erase_if(*pairs, [](const ScoredPair& pair) { return pair.probe >= pair.gallery; });
    return pairs;
}

template <typename Wanted>
std::vector<ScoredPair> PackComparer::found(const DataSet& probes, std::span<const std::uint32_t> searched,
                                            const DataSet& gallery, std::span<const std::uint32_t> faces,
                                            double threshold, const Wanted& wanted) {
    const double lowest = cut(lowest_kept(threshold));
    std::vector<std::vector<ScoredPair>> parts(std::max<std::size_t>(1, threads_));
    score_rows(templates(probes, searched), templates(gallery, faces), parts.size(),
               [&](std::size_t worker, std::size_t row, std::span<const float> scores) {
                   for (std::size_t j = 0; j < scores.size(); ++j)
                       if (double{scores[j]} >= lowest && wanted(searched[row], faces[j]))
                           parts[worker].push_back(
                               {.probe = searched[row], .gallery = faces[j], .score = double{scores[j]}});
               });
    std::vector<ScoredPair> all = std::move(parts.front());
    for (std::size_t i = 1; i < parts.size(); ++i) {
        all.insert(all.end(), parts[i].begin(), parts[i].end());
        parts[i] = {};
    }
    return all;
}

Result<std::vector<ScoredPair>> PackComparer::search(const DataSet& probes,
                                                     std::span<const std::uint32_t> searched,
                                                     const DataSet& gallery,
                                                     std::span<const std::uint32_t> faces, double threshold) {
    return found(probes, searched, gallery, faces, threshold,
                 [](std::uint32_t /*probe*/, std::uint32_t /*face*/) { return true; });
}

Result<std::vector<ScoredPair>> PackComparer::pairs_within(const DataSet& set,
                                                           std::span<const std::uint32_t> faces,
                                                           double threshold) {
    return found(set, faces, set, faces, threshold,
                 [](std::uint32_t probe, std::uint32_t face) { return probe < face; });
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
