#include "engine/search_index.h"

#include <algorithm>

#include "base/limits.h"
#include "engine/error_rates.h"

namespace visavis::engine {
namespace {

void note(const Engine& engine, double threshold, std::uint64_t gallery, AnswerNotes& notes, Record& record) {
    note_error_rates(notes, engine.scale(), threshold, gallery);
    notes.pack = engine.pack();
    notes.curve = engine.curve();
    record.gallery_size = gallery;
    record.threshold = threshold;
    record.threshold_fmr = match::SimilarityScale::fmr_of_similarity(threshold);
}

/// The threshold asked for, or the higher one that the collection's bound on FPIR demands.
Result<double> threshold_of(const Engine& engine, const IndexSearch& search, std::uint64_t gallery) {
    const auto tags = engine.store()->read(
        [&](const store::Transaction& now) { return now.tags().list(search.collection); });
    if (!tags) return std::unexpected(tags.error());
    const auto bound = max_fpir_of(*tags);
    if (!bound) return std::unexpected(bound.error());
    return threshold_in_force(search.threshold, *bound, gallery);
}

}  // namespace

Result<std::vector<IndexMatch>> search_index(const Engine& engine, const match::Index& index,
                                             const IndexSearch& search, AnswerNotes& notes, Record& record) {
    const auto& scale = engine.scale();
    const std::size_t size = index.size();
    const std::size_t gallery = size - std::min(size, search.except.size());
    const auto threshold = threshold_of(engine, search, gallery);
    if (!threshold) return std::unexpected(threshold.error());
    note(engine, *threshold, gallery, notes, record);
    const auto hits = index.search({.vector = search.vector,
                                    .normalisation = search.normalisation,
                                    .threshold = scale.score_at(*threshold),
                                    .most = std::clamp<std::size_t>(search.most, 1, limits::kSearchResults),
                                    .except = search.except});
    if (!hits) return std::unexpected(hits.error());
    std::vector<IndexMatch> matches;
    matches.reserve(hits->size());
    for (const match::Hit& hit : *hits)
        matches.push_back(
            {.row = hit.key,
             .similarity = scale.similarity(hit.score),
             .rate = {.fmr = scale.fmr(hit.score), .extrapolated = scale.extrapolated(hit.score)}});
    return matches;
}

}  // namespace visavis::engine
