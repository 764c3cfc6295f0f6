#include "engine/compare_faces.h"

#include "protocol/arguments.h"
#include "protocol/operations/operations.h"
#include "protocol/shapes.h"

namespace visavis::protocol::operations {

Result<boost::json::object> compare_faces(engine::Engine& engine, engine::Call& call,
                                          const boost::json::object& request) {
    auto source = image(request, "SourceImage");
    if (!source) return std::unexpected(source.error());
    auto target = image(request, "TargetImage");
    if (!target) return std::unexpected(target.error());
    const auto response =
        engine::compare_faces(engine, call,
                              {.source = std::move(*source),
                               .target = std::move(*target),
                               .similarity_threshold = number_or(request, "SimilarityThreshold", 80),
                               .quality_filter = quality_filter(request, engine::QualityFilter::kNone)});
    if (!response) return std::unexpected(response.error());
    // UnmatchedFaces is there even when empty: Amazon's own demonstration reads it without looking.
    return boost::json::object{
        {"SourceImageFace", boost::json::object{{"BoundingBox", bounding_box(response->source_box)},
                                                {"Confidence", response->source_confidence}}},
        {"FaceMatches", list_of(response->matches,
                                [](const engine::CompareFacesMatch& match) {
                                    return boost::json::object{{"Similarity", match.similarity},
                                                               {"Face", compared_face(match.face)}};
                                })},
        {"UnmatchedFaces", list_of(response->unmatched, compared_face)}};
}

}  // namespace visavis::protocol::operations
