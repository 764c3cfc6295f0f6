#include "endpoint.h"

#include <algorithm>
#include <array>
#include <deque>
#include <filesystem>
#include <limits>
#include <map>
#include <ranges>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/random.h"
#include "endpoint_answers.h"
#include "endpoint_calls.h"

namespace visavis::app {
namespace {

namespace json = boost::json;

constexpr int kMostMatches = 4096;  // of SearchFaces, MaxFaces

Result<json::object> image_of(const std::string& path) {
    const auto bytes = read_file(path, limits::kStoredImageBytes);
    if (!bytes) return std::unexpected(bytes.error());
    return json::object{{"Bytes", to_base64(*bytes)}};
}

class Endpoint final : public Subject, public audit::Comparer {
  public:
    Endpoint(std::string url, std::unique_ptr<RekognitionClient> client)
        : calls_(std::move(url), std::move(client)) {}

    Endpoint(const Endpoint&) = delete;
    Endpoint& operator=(const Endpoint&) = delete;
    ~Endpoint() override {
        for (const std::string& collection : collections_)
            if (const auto gone = calls_.client().call("DeleteCollection", {{"CollectionId", collection}});
                !gone)
                fmt::print(stderr, "error: collection `{}` could not be deleted: {}\n", collection,
                           gone.error().message);
    }

    /// Makes the collection in which faces are judged; its answer tells the face model.
    Result<void> begin() {
        const auto made = make_collection();
        return made ? Result<void>{} : std::unexpected(made.error());
    }

    Result<audit::DataSet> recognised(const audit::DataSetSource& source, bool central) override {
        return recognised(std::vector{source}, central);
    }

    Result<audit::DataSet> recognised(const std::vector<audit::DataSetSource>& sources,
                                      bool central) override {
        if (central)
            return fail(ErrorCode::kInvalidParameter,
                        "--central needs the model pack: an API is audited by the largest face of a picture");
        std::vector<audit::DataSet> sets;
        for (const audit::DataSetSource& source : sources) {
            auto set = audit::read_data_set(source);
            if (!set) return std::unexpected(set.error());
            sets.push_back(std::move(*set));
        }
        calls_.begin_report();
        audit::DataSet set = audit::merged(std::move(sets));
        if (const auto done = enrol(set); !done) return std::unexpected(done.error());
        return set;
    }

    audit::Comparer& comparer() override { return *this; }

    [[nodiscard]] audit::System system() const override {
        return {.name = calls_.url(),
                .hash = {},
                .curve = {},
                .description = fmt::format(
                    "Rekognition API at {}, region {}, face model {}. Measured through its operations alone, "
                    "with QualityFilter NONE where no other is named.{}",
                    calls_.url(), calls_.client().region(), model_, calls_.refusals())};
    }

    Result<std::vector<audit::ScoredPair>> search(const audit::DataSet& probes,
                                                  std::span<const std::uint32_t> searched,
                                                  const audit::DataSet& gallery,
                                                  std::span<const std::uint32_t> faces,
                                                  double threshold) override {
        const Enrolled& enrolled = of(gallery);
        std::multimap<std::string, std::uint32_t> wanted;  // by path
        for (const std::uint32_t face : faces) wanted.emplace(gallery.pictures[face].path, face);
        const bool within = &probes == &gallery;
        std::vector<audit::ScoredPair> found;
        for (std::size_t i = 0; i < searched.size(); ++i) {
            const std::string& path = probes.pictures[searched[i]].path;
            json::object request{{"CollectionId", enrolled.collection},
                                 {"FaceMatchThreshold", threshold},
                                 {"MaxFaces", kMostMatches}};
            if (within) {
                request["FaceId"] = enrolled.face_of.at(path);
            } else {
                auto image = image_of(path);
                if (!image) return std::unexpected(image.error());
                request["Image"] = std::move(*image);
                request["QualityFilter"] = "NONE";
            }
            const auto matches =
                calls_.ask(within ? "SearchFaces" : "SearchFacesByImage", request, answers::matches_in);
            show_pictures_done(i + 1, searched.size());
            if (!matches && of_the_picture(matches.error())) continue;
            if (!matches) return std::unexpected(matches.error());
            if (matches->size() >= static_cast<std::size_t>(kMostMatches))
                return fail(
                    ErrorCode::kInvalidParameter,
                    fmt::format("picture `{}` has {} matches or more at threshold {}, and the API lists "
                                "no more: raise the lowest threshold",
                                probes.pictures[searched[i]].file, kMostMatches, threshold));
            for (const auto& [face, similarity] : *matches) {
                const auto place = enrolled.path_of.find(face);
                if (place == enrolled.path_of.end()) continue;
                for (auto [at, end] = wanted.equal_range(place->second); at != end; ++at)
                    found.push_back({.probe = searched[i], .gallery = at->second, .score = similarity});
            }
        }
        if (const auto took = calls_.took_some(); !took) return std::unexpected(took.error());
        return found;
    }

    Result<std::vector<double>> compare(const audit::DataSet& set,
                                        std::span<const audit::MatedPair> pairs) override {
        std::vector<double> scores;
        for (const auto& [a, b] : pairs) {
            scores.push_back(-std::numeric_limits<double>::infinity());
            if (set.pictures[a].face == nullptr || set.pictures[b].face == nullptr) continue;
            auto source = image_of(set.pictures[a].path);
            auto target = image_of(set.pictures[b].path);
            if (!source) return std::unexpected(source.error());
            if (!target) return std::unexpected(target.error());
            const auto similarity = calls_.ask("CompareFaces",
                                               {{"SourceImage", std::move(*source)},
                                                {"TargetImage", std::move(*target)},
                                                {"SimilarityThreshold", 0},
                                                {"QualityFilter", "NONE"}},
                                               answers::similarity_in);
            show_pictures_done(scores.size(), pairs.size());
            if (!similarity && of_the_picture(similarity.error())) continue;
            if (!similarity) return std::unexpected(similarity.error());
            scores.back() = *similarity;
        }
        if (const auto took = calls_.took_some(); !took) return std::unexpected(took.error());
        return scores;
    }

    Result<audit::AttributeAnswers> describe(const audit::DataSet& set) override {
        audit::AttributeAnswers described(set.pictures.size());
        for (std::size_t i = 0; i < described.size(); ++i) {
            if (set.pictures[i].face != nullptr) {
                auto image = image_of(set.pictures[i].path);
                if (!image) return std::unexpected(image.error());
                auto answer = calls_.ask("DetectFaces",
                                         {{"Image", std::move(*image)}, {"Attributes", json::array{"ALL"}}},
                                         answers::attributes_in);
                if (!answer && !of_the_picture(answer.error())) return std::unexpected(answer.error());
                if (answer) described[i] = std::move(*answer);
            }
            show_pictures_done(i + 1, described.size());
        }
        if (const auto took = calls_.took_some(); !took) return std::unexpected(took.error());
        return described;
    }

    Result<audit::QualityAnswers> judge(const audit::DataSet& set) override {
        static constexpr std::array kNames = {"LOW", "MEDIUM", "HIGH"};
        static_assert(kNames.size() == audit::kQualityFilters.size());
        audit::QualityAnswers judged;
        for (auto& of_filter : judged) of_filter.resize(set.pictures.size());
        for (std::size_t i = 0; i < set.pictures.size(); ++i) {
            show_pictures_done(i + 1, set.pictures.size());
            if (set.pictures[i].face == nullptr) continue;
            auto image = image_of(set.pictures[i].path);
            if (!image) return std::unexpected(image.error());
            json::object request{{"CollectionId", collections_.front()}, {"Image", std::move(*image)}};
            for (std::size_t filter = 0; filter < kNames.size(); ++filter) {
                request["QualityFilter"] = kNames.at(filter);
                auto reasons = calls_.ask("IndexFaces", request, answers::reasons_in);
                if (!reasons && !of_the_picture(reasons.error())) return std::unexpected(reasons.error());
                judged.at(filter)[i] =
                    reasons ? std::move(*reasons) : audit::QualityReasons{"REFUSED_PICTURE"};
            }
        }
        if (const auto took = calls_.took_some(); !took) return std::unexpected(took.error());
        return judged;
    }

    Result<audit::Identification> identify(const audit::DataSet& probes, const audit::DataSet& gallery,
                                           const audit::SamePerson& confirmed, const audit::Method& method,
                                           const audit::IdentificationOptions&) override {
        return audit::identification(probes, gallery, confirmed, *this, method);
    }

    [[nodiscard]] double lowest_kept(double threshold) const override { return threshold; }
    [[nodiscard]] double cut(double threshold) const override { return threshold; }
    [[nodiscard]] double similarity(double score) const override { return score; }
    [[nodiscard]] bool extrapolated(double) const override { return false; }
    [[nodiscard]] std::optional<double> promised(double) const override { return std::nullopt; }

  private:
    /// A set in its collection.
    struct Enrolled {
        std::string collection;
        std::map<std::string, std::string> face_of;  // path to FaceId
        std::map<std::string, std::string> path_of;  // FaceId to path
    };

    Result<std::string> make_collection() {
        const std::string name = "visavis-audit-" + random_uuid();
        auto model = calls_.ask("CreateCollection", {{"CollectionId", name}}, answers::face_model_in);
        if (!model) return std::unexpected(model.error());
        model_ = std::move(*model);
        collections_.push_back(name);
        return name;
    }

    /// The newest collection with the faces of a set that recognised() gave, or of a part of one.
    [[nodiscard]] const Enrolled& of(const audit::DataSet& set) const {
        return *std::ranges::find_if(sets_ | std::views::reverse, [&](const Enrolled& enrolled) {
            return std::ranges::all_of(set.pictures, [&](const audit::LabelledPicture& picture) {
                return picture.face == nullptr || enrolled.face_of.contains(picture.path);
            });
        });
    }

    Result<void> enrol(audit::DataSet& set) {
        auto collection = make_collection();
        if (!collection) return std::unexpected(collection.error());
        sets_.push_back({.collection = std::move(*collection), .face_of = {}, .path_of = {}});
        std::vector<const audit::PictureRecord*> records;
        std::map<std::string, const audit::PictureRecord*> known;  // a set may name a picture twice
        for (std::size_t i = 0; i < set.pictures.size(); ++i) {
            const audit::PictureRecord*& record = known[set.pictures[i].path];
            if (record == nullptr) {
                auto made = index(set.pictures[i].path, sets_.back());
                if (!made) return std::unexpected(made.error());
                records_.push_back(std::move(*made));
                record = &records_.back();
            }
            records.push_back(record);
            show_pictures_done(i + 1, set.pictures.size());
        }
        audit::complete_set(set, audit::FaceChoice::kLargest, records);
        return {};
    }

    /// Indexes a picture's largest face. A picture that cannot be used gives a record with an error.
    Result<audit::PictureRecord> index(const std::string& path, Enrolled& into) {
        audit::PictureRecord record;
        const auto hash = sha256_of_file(path);
        if (!hash) return fail(ErrorCode::kNotFound, fmt::format("`{}` cannot be read", path));
        record.picture = *hash;
        std::error_code unknown;
        if (std::filesystem::file_size(path, unknown) > limits::kInlineImageBytes && !unknown) {
            record.error = name(ErrorCode::kImageTooLarge);
            return record;
        }
        auto image = image_of(path);
        if (!image) return std::unexpected(image.error());
        // Under a name of its own: a copy under another path is another face. Not MaxFaces 1: which face that
        // would be is the server's choice.
        const auto faces = calls_.ask_uncounted("IndexFaces",
                                                {{"CollectionId", into.collection},
                                                 {"Image", std::move(*image)},
                                                 {"ExternalImageId", std::to_string(into.face_of.size())},
                                                 {"QualityFilter", "NONE"}},
                                                answers::faces_in);
        if (!faces && of_the_picture(faces.error())) {
            record.error = faces.error().message;
            return record;
        }
        if (!faces) return std::unexpected(faces.error());
        if (faces->empty()) return record;
        record.faces.emplace_back();
        into.path_of[faces->front()] = path;
        into.face_of[path] = faces->front();
        if (faces->size() == 1) return record;
        const json::array others(faces->begin() + 1, faces->end());
        const auto gone = calls_.ask("DeleteFaces", {{"CollectionId", into.collection}, {"FaceIds", others}},
                                     [](const json::object&) { return true; });
        if (!gone) return std::unexpected(gone.error());
        return record;
    }

    EndpointCalls calls_;
    std::vector<std::string> collections_;  // the first is the one in which faces are judged
    std::deque<Enrolled> sets_;
    std::deque<audit::PictureRecord> records_;  // addresses stay
    std::string model_{"not stated"};
};

}  // namespace

Result<std::unique_ptr<Subject>> open_endpoint(const AuditOptions& options) {
    auto client = RekognitionClient::open(options.against);
    if (!client) return std::unexpected(client.error());
    auto endpoint = std::make_unique<Endpoint>(options.against, std::move(*client));
    if (const auto begun = endpoint->begin(); !begun) return std::unexpected(begun.error());
    return endpoint;
}

}  // namespace visavis::app
