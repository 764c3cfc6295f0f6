#include "engine/index_faces.h"

#include <algorithm>
#include <map>
#include <numeric>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/random.h"
#include "engine/collection_access.h"
#include "engine/face_detail.h"
#include "engine/picture_source.h"
#include "engine/quality_filter.h"

namespace visavis::engine {
namespace {

/// How many levels of the filter a face passes: what "quality" means where faces are ranked by it.
int levels_passed(const face::Face& face, DisplayedSize size) {
    int passed = 0;
    for (const auto level : {QualityFilter::kLow, QualityFilter::kMedium, QualityFilter::kHigh})
        passed += quality_reasons(face, size, level).empty() ? 1 : 0;
    return passed;
}

struct Selection {
    std::vector<std::uint32_t> kept;  // ordinals, largest face first
    std::vector<std::pair<std::uint32_t, std::vector<std::string>>> dropped;
};

Selection select(const std::vector<face::Face>& faces, DisplayedSize size, const IndexFacesRequest& request) {
    Selection chosen;
    for (std::uint32_t i = 0; i < faces.size(); ++i) {
        std::vector<std::string> reasons;
        for (const Reason reason : quality_reasons(faces[i], size, request.quality_filter))
            reasons.emplace_back(reason_name(reason));
        if (reasons.empty())
            chosen.kept.push_back(i);
        else
            chosen.dropped.emplace_back(i, std::move(reasons));
    }
    const auto most = static_cast<std::size_t>(std::clamp<std::int64_t>(
        request.max_faces.value_or(limits::kMaxFacesPerImage), 1, limits::kMaxFacesPerImage));
    if (chosen.kept.size() > most) {
        // Faces come largest first, so a stable sort by quality breaks ties by size.
        std::ranges::stable_sort(chosen.kept, std::greater<>{},
                                 [&](std::uint32_t i) { return levels_passed(faces[i], size); });
        for (std::size_t i = most; i < chosen.kept.size(); ++i)
            chosen.dropped.emplace_back(chosen.kept[i], std::vector<std::string>{"EXCEEDS_MAX_FACES"});
        chosen.kept.resize(most);
        std::ranges::sort(chosen.kept);
    }
    std::ranges::sort(chosen.dropped, {}, [](const auto& one) { return one.first; });
    return chosen;
}

using KnownFaces = std::map<std::uint32_t, store::Face>;

Result<KnownFaces> known_faces(const store::Transaction& now, const store::Collection& collection,
                               const store::ImageOrigin& origin) {
    const auto found = now.faces().of_image(collection.key, origin);
    if (!found) return std::unexpected(found.error());
    KnownFaces known;
    for (const store::KnownFace& one : *found) known.emplace(one.ordinal, one.face);
    return known;
}

class Indexing {
  public:
    Indexing(Engine& engine, Call& call, const IndexFacesRequest& request, Record& record)
        : engine_(engine), call_(call), request_(request), record_(record) {}

    Result<IndexFacesResponse> run() {
        auto collection = find_collection(engine_, call_.caller, request_.collection_id);
        if (!collection) return std::unexpected(collection.error());
        collection_ = std::move(*collection);
        auto gallery = gallery_of(engine_, collection_);
        if (!gallery) return std::unexpected(gallery.error());
        gallery_ = std::move(*gallery);

        auto loaded = load_picture(engine_, request_.image, record_);
        if (!loaded) return std::unexpected(loaded.error());
        const image::Picture& picture = loaded->picture;
        const auto faces = engine_.pipeline().detect(picture);
        if (!faces) return std::unexpected(faces.error());
        auto attributes =
            engine_.pipeline().describe(picture, *faces, wanted_attributes(request_.attributes));
        if (!attributes) return std::unexpected(attributes.error());
        const DisplayedSize size{.width = picture.displayed_width(), .height = picture.displayed_height()};
        const Selection chosen = select(*faces, size, request_);

        origin_ = {.image = record_.probes.back(), .external_image_id = request_.external_image_id};
        auto known = engine_.store()->read(
            [&](const store::Transaction& now) { return known_faces(now, collection_, origin_); });
        if (!known) return std::unexpected(known.error());
        if (const auto prepared = prepare(picture, *faces, chosen, *known); !prepared)
            return std::unexpected(prepared.error());
        // The next picture is decoded and recognised while this one's faces wait for the disk.
        {
            const image::Picture done = std::move(loaded->picture);
        }
        loaded->turn.end();
        chosen_ = chosen.kept;
        if (!fresh_.empty() || !known->empty()) {
            auto added = change_store(engine_, call_, record_,
                                      [&](store::Transaction& change) { return add(change); });
            if (!added) return std::unexpected(added.error());
            *known = std::move(*added);
            if (const auto done = gallery_->catch_up(); !done) return std::unexpected(done.error());
        }
        return answer(*faces, std::move(*attributes), chosen, *known);
    }

  private:
    /// Templates of the faces that are not known yet.
    Result<void> prepare(const image::Picture& picture, const std::vector<face::Face>& faces,
                         const Selection& chosen, const KnownFaces& known) {
        std::vector<face::Face> fresh;
        for (const std::uint32_t ordinal : chosen.kept) {
            if (known.contains(ordinal)) continue;
            const face::Face& face = faces[ordinal];
            fresh.push_back(face);
            fresh_.push_back({.face_id = random_uuid(),
                              .image_id = {},
                              .ordinal = ordinal,
                              .box = {.left = face.box.left,
                                      .top = face.box.top,
                                      .width = face.box.width,
                                      .height = face.box.height},
                              .confidence = face.confidence,
                              .vector = {}});
        }
        if (fresh.empty()) return {};
        auto vectors = engine_.pipeline().embed(picture, fresh);
        if (!vectors) return std::unexpected(vectors.error());
        for (std::size_t i = 0; i < fresh_.size(); ++i) {
            fresh_[i].vector = std::move((*vectors)[i]);
            const match::Normalisation pair = engine_.normalisation(fresh_[i].vector);
            fresh_[i].weight = pair.weight;
            fresh_[i].offset = pair.offset;
        }
        return {};
    }

    /// In the transaction: all known faces of the image afterwards.
    Result<KnownFaces> add(store::Transaction& change) {
        // Another call with the same image may have been faster.
        auto known = known_faces(change, collection_, origin_);
        if (!known) return known;
        const auto image = change.faces().image_id(collection_.key, origin_);
        if (!image) return std::unexpected(image.error());
        std::vector<store::NewFace> missing;
        for (const store::NewFace& face : fresh_)
            if (!known->contains(face.ordinal)) {
                missing.push_back(face);
                missing.back().image_id = *image;
            }
        const auto now = still_there(change, collection_);
        if (!now) return std::unexpected(now.error());
        if (now->faces + missing.size() > limits::kIndexRows)
            return fail(ErrorCode::kQuotaExceeded,
                        fmt::format("collection `{}` holds {} faces; a collection holds at most {}", now->id,
                                    now->faces, limits::kIndexRows));
        const auto added = change.faces().add(collection_.key, origin_, missing);
        if (!added) return std::unexpected(added.error());
        if (const auto kept = start_clocks(change, *known, *added); !kept)
            return std::unexpected(kept.error());
        if (missing.empty()) return known;
        GalleryChange templates;
        for (std::size_t i = 0; i < missing.size(); ++i) {
            templates.faces.added.push_back({.row = (*added)[i].row,
                                             .vector = std::move(missing[i].vector),
                                             .weight = missing[i].weight,
                                             .offset = missing[i].offset});
            record_.subjects.push_back((*added)[i].face_id);
            known->emplace(missing[i].ordinal, (*added)[i]);
        }
        if (const auto noted = follow(gallery_, collection_, std::move(templates), change); !noted)
            return std::unexpected(noted.error());
        return known;
    }

    /// Whoever is enrolled, again or for the first time, interacted now (docs/policy.md, retention).
    Result<void> start_clocks(store::Transaction& change, const KnownFaces& known,
                              const std::vector<store::Face>& added) const {
        std::vector<std::uint64_t> fresh;
        for (const store::Face& face : added) fresh.push_back(face.row);
        std::vector<std::uint64_t> all = fresh;
        for (const std::uint32_t ordinal : chosen_)
            if (const auto found = known.find(ordinal); found != known.end())
                all.push_back(found->second.row);
        if (auto renewed = change.retention().renew(collection_.key, all, record_.start); !renewed)
            return renewed;
        const std::string& case_id = call_.caller.binding.case_id;
        if (case_id.empty()) return {};
        return change.retention().set_case(collection_.key, fresh, case_id);
    }

    IndexFacesResponse answer(const std::vector<face::Face>& faces, std::vector<face::Attributes> attributes,
                              const Selection& chosen, const KnownFaces& known) const {
        IndexFacesResponse response{
            .records = {}, .unindexed = {}, .model_version = collection_.model_version};
        for (const std::uint32_t ordinal : chosen.kept)
            if (const auto found = known.find(ordinal); found != known.end())
                response.records.push_back(
                    {.face = stored_face(found->second, collection_.model_version),
                     .detail = describe(faces[ordinal], std::move(attributes[ordinal]))});
        for (const auto& [ordinal, reasons] : chosen.dropped)
            response.unindexed.push_back(
                {.reasons = reasons, .detail = describe(faces[ordinal], std::move(attributes[ordinal]))});
        return response;
    }

    Engine& engine_;
    Call& call_;
    const IndexFacesRequest& request_;
    Record& record_;
    store::Collection collection_;
    std::shared_ptr<Gallery> gallery_;
    store::ImageOrigin origin_;
    std::vector<store::NewFace> fresh_;
    std::vector<std::uint32_t> chosen_;  // ordinals that the answer names
};

}  // namespace

Result<IndexFacesResponse> index_faces(Engine& engine, Call& call, const IndexFacesRequest& request) {
    return governed<IndexFacesResponse>(
        engine, call,
        {.operation = "IndexFaces", .collection = request.collection_id, .attributes = request.attributes},
        [&](Record& record) { return Indexing(engine, call, request, record).run(); });
}

}  // namespace visavis::engine
