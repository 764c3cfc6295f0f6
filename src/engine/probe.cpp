#include "engine/probe.h"

#include "engine/face_detail.h"
#include "engine/picture_source.h"
#include "engine/quality_filter.h"

namespace visavis::engine {

Result<Probe> find_probe(const Engine& engine, const Image& image, QualityFilter filter, Record& record) {
    const auto loaded = load_picture(engine, image, record);
    if (!loaded) return std::unexpected(loaded.error());
    const image::Picture& picture = loaded->picture;
    const auto faces = engine.pipeline().detect(picture);
    if (!faces) return std::unexpected(faces.error());

    const DisplayedSize size{.width = picture.displayed_width(), .height = picture.displayed_height()};
    Probe probe;
    for (const face::Face& face : *faces) {
        std::vector<std::string> reasons;
        for (const Reason reason : quality_reasons(face, size, filter))
            reasons.emplace_back(reason_name(reason));
        if (reasons.empty() && !probe.face) {
            probe.face = face;
            continue;
        }
        if (probe.face) reasons.insert(reasons.begin(), "FACE_NOT_LARGEST");
        probe.others.push_back({.face = describe(face), .reasons = std::move(reasons)});
    }
    if (!probe.face) return probe;
    auto vectors = engine.pipeline().embed(picture, std::span(&*probe.face, 1));
    if (!vectors) return std::unexpected(vectors.error());
    probe.vector = std::move(vectors->front());
    return probe;
}

}  // namespace visavis::engine
