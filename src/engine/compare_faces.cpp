#include "engine/compare_faces.h"

#include <algorithm>
#include <numeric>
#include <string_view>

#include <fmt/format.h>

#include "base/limits.h"
#include "engine/engine.h"
#include "engine/error_rates.h"
#include "engine/face_detail.h"
#include "engine/picture_source.h"
#include "engine/quality_filter.h"
#include "match/compare.h"
#include "match/score.h"

namespace visavis::engine {
namespace {

struct Portrait {
    std::vector<face::Face> faces;  // largest first, those that pass the filter
    std::vector<face::Template> templates;
};

/// `which` is the image's name in the request; `most` bounds how many of the largest faces are embedded.
Result<Portrait> recognise(const Engine& engine, std::string_view which, const Image& image,
                           QualityFilter filter, std::size_t most, Record& record) {
    const auto loaded = load_picture(engine, image, record);
    if (!loaded) return std::unexpected(loaded.error());
    const image::Picture& picture = loaded->picture;
    auto faces = engine.pipeline().detect(picture);
    if (!faces) return std::unexpected(faces.error());

    const DisplayedSize size{.width = picture.displayed_width(), .height = picture.displayed_height()};
    const std::size_t poor = std::erase_if(
        *faces, [&](const face::Face& face) { return !quality_reasons(face, size, filter).empty(); });
    // Amazon's own words come first; clients match on them.
    if (faces->empty())
        return fail(ErrorCode::kInvalidParameter,
                    poor == 0 ? fmt::format("Request has invalid parameters: there is no face in {}", which)
                              : fmt::format("Request has invalid parameters: no face in {} passes the "
                                            "QualityFilter ({} found)",
                                            which, poor));
    if (faces->size() > most) faces->resize(most);

    auto templates = engine.pipeline().embed(picture, *faces);
    if (!templates) return std::unexpected(templates.error());
    return Portrait{.faces = std::move(*faces), .templates = std::move(*templates)};
}

Result<CompareFacesResponse> compare(const Engine& engine, AnswerNotes& notes,
                                     const CompareFacesRequest& request, Record& record) {
    const auto source = recognise(engine, "SourceImage", request.source, request.quality_filter, 1, record);
    if (!source) return std::unexpected(source.error());
    const auto target = recognise(engine, "TargetImage", request.target, request.quality_filter,
                                  limits::kMaxFacesPerImage, record);
    if (!target) return std::unexpected(target.error());

    std::vector<double> scores;
    scores.reserve(target->faces.size());
    const match::Normalisation of_source = engine.normalisation(source->templates.front());
    for (const auto& vector : target->templates)
        scores.push_back(match::normalised(match::cosine(source->templates.front(), vector), of_source,
                                           engine.normalisation(vector)));
    std::vector<std::size_t> order(scores.size());
    // NOLINTNEXTLINE(modernize-use-ranges): g++ 12 has no std::ranges::iota
    std::iota(order.begin(), order.end(), 0);
    // By raw score: Similarity saturates at 100. Stable, so equal scores stay in order of size.
    std::ranges::stable_sort(order, std::greater<>{}, [&](std::size_t i) { return scores[i]; });

    const auto& scale = engine.scale();
    CompareFacesResponse response;
    response.source_box = source->faces.front().box;
    response.source_confidence = source->faces.front().confidence;
    for (const std::size_t i : order) {
        const double similarity = scale.similarity(scores[i]);
        if (similarity < request.similarity_threshold) continue;
        response.matches.push_back(
            {.similarity = static_cast<float>(similarity), .face = describe(target->faces[i])});
        notes.match_rates.push_back(
            {.fmr = scale.fmr(scores[i]), .extrapolated = scale.extrapolated(scores[i])});
        record.candidates.push_back({.id = {}, .similarity = similarity});
    }
    for (std::size_t i = 0; i < scores.size(); ++i)
        if (scale.similarity(scores[i]) < request.similarity_threshold)
            response.unmatched.push_back(describe(target->faces[i]));

    const double fmr = match::SimilarityScale::fmr_of_similarity(request.similarity_threshold);
    record.gallery_size = scores.size();
    record.threshold = request.similarity_threshold;
    record.threshold_fmr = fmr;
    note_error_rates(notes, scale, request.similarity_threshold, scores.size());
    notes.pack = engine.pack();
    notes.curve = engine.curve();
    return response;
}

}  // namespace

Result<CompareFacesResponse> compare_faces(Engine& engine, Call& call, const CompareFacesRequest& request) {
    return governed<CompareFacesResponse>(
        engine, call, {.operation = "CompareFaces", .threshold = request.similarity_threshold},
        [&](Record& record) { return compare(engine, call.notes, request, record); });
}

}  // namespace visavis::engine
