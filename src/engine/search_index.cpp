#include "engine/search_index.h"

#include <algorithm>
#include <cmath>

#include "base/limits.h"

namespace visavis::engine {
namespace {

void note(const Engine& engine, const IndexSearch& search, std::uint64_t gallery, AnswerNotes& notes,
          Record& record) {
    const double fmr = match::SimilarityScale::fmr_of_similarity(search.threshold);
    const auto compared = static_cast<double>(gallery);
    const double expected = fmr * compared;
    const double fpir = -std::expm1(compared * std::log1p(-std::min(fmr, 1.0 - 1e-15)));
    notes.threshold = search.threshold;
    notes.threshold_fmr = {.value = fmr, .low = fmr, .high = fmr};
    notes.gallery_size = gallery;
    notes.expected_false_matches = {.value = expected, .low = expected, .high = expected};
    notes.fpir = {.value = fpir, .low = fpir, .high = fpir};
    notes.pack = engine.pack();
    notes.curve = engine.curve();
    notes.extrapolated = engine.scale().extrapolated(engine.scale().score_at(search.threshold));
    record.gallery_size = gallery;
    record.threshold = search.threshold;
    record.threshold_fmr = fmr;
}

}  // namespace

Result<std::vector<IndexMatch>> search_index(const Engine& engine, const match::Index& index,
                                             const IndexSearch& search, AnswerNotes& notes, Record& record) {
    const auto& scale = engine.scale();
    const std::size_t size = index.size();
    note(engine, search, size - std::min(size, search.except.size()), notes, record);
    const auto hits = index.search({.vector = search.vector,
                                    .normalisation = search.normalisation,
                                    .threshold = scale.score_at(search.threshold),
                                    .most = std::clamp<std::size_t>(search.most, 1, limits::kSearchResults),
                                    .except = search.except});
    if (!hits) return std::unexpected(hits.error());
    std::vector<IndexMatch> matches;
    matches.reserve(hits->size());
    for (const match::Hit& hit : *hits)
        matches.push_back(
            {.row = hit.key, .similarity = scale.similarity(hit.score), .fmr = scale.fmr(hit.score)});
    return matches;
}

}  // namespace visavis::engine
