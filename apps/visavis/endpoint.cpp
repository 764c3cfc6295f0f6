#include "endpoint.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <deque>
#include <limits>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/random.h"
#include "endpoint_answers.h"
#include "rekognition_client.h"

namespace visavis::app {
namespace {

namespace json = boost::json;

constexpr int kMostMatches = 4096;  // of SearchFaces, MaxFaces

// Set by the signal handler, which has nothing else to reach: lock-free.
std::atomic<bool> interrupted{false};  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

void interrupt(int) {
    interrupted = true;
}

std::unexpected<Error> failed(const std::string& operation, const ServiceError& error) {
    return fail(
        error.type.contains("Access") || error.type.contains("Unrecognized") ||
                error.type.contains("Signature")
            ? ErrorCode::kAccessDenied
            : ErrorCode::kUnavailable,
        fmt::format("{}: {}{}{}", operation, error.type, error.type.empty() ? "" : ": ", error.message));
}

/// What an API says of a picture that it cannot use, as opposed to a server that cannot be used.
bool is_of_the_picture(const ServiceError& error) {
    return error.type == "InvalidParameterException" || error.type == "InvalidImageFormatException" ||
           error.type == "ImageTooLargeException";
}

Result<json::object> image_of(const std::string& path) {
    const auto bytes = read_file(path, limits::kStoredImageBytes);
    if (!bytes) return std::unexpected(bytes.error());
    return json::object{{"Bytes", to_base64(*bytes)}};
}

class Endpoint final : public Subject, public audit::Comparer {
  public:
    Endpoint(std::string url, std::unique_ptr<RekognitionClient> client)
        : url_(std::move(url)), client_(std::move(client)) {
        (void)std::signal(SIGINT, interrupt);
        (void)std::signal(SIGTERM, interrupt);
    }

    Endpoint(const Endpoint&) = delete;
    Endpoint& operator=(const Endpoint&) = delete;
    ~Endpoint() override {
        for (const Enrolled& set : sets_)
            if (const auto gone = client_->call("DeleteCollection", {{"CollectionId", set.collection}});
                !gone)
                fmt::print(stderr, "error: collection `{}` could not be deleted: {}\n", set.collection,
                           gone.error().message);
    }

    Result<audit::DataSet> recognised(const audit::DataSetSource& source, bool central) override {
        return recognised(std::vector{source}, central);
    }

    Result<audit::DataSet> recognised(const std::vector<audit::DataSetSource>& sources,
                                      bool central) override {
        if (central)
            return fail(ErrorCode::kInvalidParameter,
                        "--central needs the model pack: an API takes the largest face of a picture");
        std::vector<audit::DataSet> sets;
        for (const audit::DataSetSource& source : sources) {
            auto set = audit::read_data_set(source);
            if (!set) return std::unexpected(set.error());
            sets.push_back(std::move(*set));
        }
        audit::DataSet set = audit::merged(std::move(sets));
        if (const auto done = enrol(set); !done) return std::unexpected(done.error());
        return set;
    }

    audit::Comparer& comparer() override { return *this; }

    [[nodiscard]] audit::System system() const override {
        return {.name = url_,
                .hash = {},
                .curve = {},
                .description =
                    fmt::format("Rekognition API at {}, region {}, face model {}. Measured through "
                                "its operations alone, with QualityFilter NONE where no other is named.",
                                url_, client_->region(), model_)};
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
            json::object request{{"CollectionId", enrolled.collection},
                                 {"FaceMatchThreshold", threshold},
                                 {"MaxFaces", kMostMatches}};
            if (within) {
                request["FaceId"] = enrolled.face_of.at(probes.pictures[searched[i]].path);
            } else {
                auto image = image_of(probes.pictures[searched[i]].path);
                if (!image) return std::unexpected(image.error());
                request["Image"] = std::move(*image);
                request["QualityFilter"] = "NONE";
            }
            const auto answer = ask(within ? "SearchFaces" : "SearchFacesByImage", request);
            if (!answer) return std::unexpected(answer.error());
            const json::array& matches = answer->at("FaceMatches").as_array();
            if (matches.size() >= static_cast<std::size_t>(kMostMatches))
                return fail(
                    ErrorCode::kInvalidParameter,
                    fmt::format("picture `{}` has {} matches or more at threshold {}, and the API lists "
                                "no more: raise the lowest threshold",
                                probes.pictures[searched[i]].file, kMostMatches, threshold));
            for (const json::value& match : matches) {
                const auto paths =
                    enrolled.paths_of.find(std::string(match.at("Face").at("FaceId").as_string()));
                if (paths == enrolled.paths_of.end()) continue;
                for (const std::string& path : paths->second)
                    for (auto [at, end] = wanted.equal_range(path); at != end; ++at)
                        found.push_back({.probe = searched[i],
                                         .gallery = at->second,
                                         .score = match.at("Similarity").to_number<double>()});
            }
            show_pictures_done(i + 1, searched.size());
        }
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
            const auto answer = ask("CompareFaces", {{"SourceImage", std::move(*source)},
                                                     {"TargetImage", std::move(*target)},
                                                     {"SimilarityThreshold", 0},
                                                     {"QualityFilter", "NONE"}});
            if (!answer) return std::unexpected(answer.error());
            scores.back() = similarity_in(*answer);
            show_pictures_done(scores.size(), pairs.size());
        }
        return scores;
    }

    Result<audit::AttributeAnswers> describe(const audit::DataSet& set) override {
        audit::AttributeAnswers answers(set.pictures.size());
        for (std::size_t i = 0; i < answers.size(); ++i) {
            if (set.pictures[i].face != nullptr) {
                auto image = image_of(set.pictures[i].path);
                if (!image) return std::unexpected(image.error());
                const auto answer =
                    ask("DetectFaces", {{"Image", std::move(*image)}, {"Attributes", json::array{"ALL"}}});
                if (!answer) return std::unexpected(answer.error());
                answers[i] = attributes_in(*answer);
            }
            show_pictures_done(i + 1, answers.size());
        }
        return answers;
    }

    Result<audit::QualityAnswers> judge(const audit::DataSet& set) override {
        static constexpr std::array kNames = {"LOW", "MEDIUM", "HIGH"};
        static_assert(kNames.size() == audit::kQualityFilters.size());
        audit::QualityAnswers answers;
        for (auto& of_filter : answers) of_filter.resize(set.pictures.size());
        for (std::size_t i = 0; i < set.pictures.size(); ++i) {
            for (std::size_t filter = 0; set.pictures[i].face != nullptr && filter < kNames.size();
                 ++filter) {
                auto image = image_of(set.pictures[i].path);
                if (!image) return std::unexpected(image.error());
                const auto answer = ask("IndexFaces", {{"CollectionId", of(set).collection},
                                                       {"Image", std::move(*image)},
                                                       {"MaxFaces", 1},
                                                       {"QualityFilter", kNames.at(filter)}});
                if (!answer) return std::unexpected(answer.error());
                answers.at(filter)[i] = reasons_in(*answer);
            }
            show_pictures_done(i + 1, set.pictures.size());
        }
        return answers;
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
        std::map<std::string, std::string> face_of;             // path to FaceId
        std::map<std::string, std::set<std::string>> paths_of;  // copies of a picture share a FaceId
    };

    Result<json::object> ask(const std::string& operation, const json::object& request) {
        if (interrupted) return fail(ErrorCode::kUnavailable, "interrupted");
        auto answer = client_->call(operation, request);
        if (!answer) return failed(operation, answer.error());
        return std::move(*answer);
    }

    /// The collection with the faces of a set that recognised() gave, or of a part of one.
    [[nodiscard]] const Enrolled& of(const audit::DataSet& set) const {
        return *std::ranges::find_if(sets_, [&](const Enrolled& enrolled) {
            return std::ranges::all_of(set.pictures, [&](const audit::LabelledPicture& picture) {
                return picture.face == nullptr || enrolled.face_of.contains(picture.path);
            });
        });
    }

    Result<void> enrol(audit::DataSet& set) {
        Enrolled enrolled{.collection = "visavis-audit-" + random_uuid(), .face_of = {}, .paths_of = {}};
        const auto created = ask("CreateCollection", {{"CollectionId", enrolled.collection}});
        if (!created) return std::unexpected(created.error());
        if (const auto* version = created->if_contains("FaceModelVersion"); version != nullptr)
            model_ = version->as_string();
        sets_.push_back(std::move(enrolled));
        std::vector<const audit::PictureRecord*> records;
        for (std::uint32_t i = 0; i < set.pictures.size(); ++i) {
            auto record = index(set.pictures[i].path, i, sets_.back());
            if (!record) return std::unexpected(record.error());
            records_.push_back(std::move(*record));
            records.push_back(&records_.back());
            show_pictures_done(i + 1, set.pictures.size());
        }
        audit::complete_set(set, audit::FaceChoice::kLargest, records);
        return {};
    }

    /// Indexes a picture's largest face. A picture that cannot be used gives a record with an error.
    Result<audit::PictureRecord> index(const std::string& path, std::uint32_t number, Enrolled& into) {
        audit::PictureRecord record;
        const auto hash = sha256_of_file(path);
        if (!hash) return fail(ErrorCode::kNotFound, fmt::format("`{}` cannot be read", path));
        record.picture = *hash;
        if (audit::too_large(path)) {
            record.error = name(ErrorCode::kImageTooLarge);
            return record;
        }
        auto image = image_of(path);
        if (!image) return std::unexpected(image.error());
        if (interrupted) return fail(ErrorCode::kUnavailable, "interrupted");
        const auto answer = client_->call("IndexFaces", {{"CollectionId", into.collection},
                                                         {"Image", std::move(*image)},
                                                         {"ExternalImageId", std::to_string(number)},
                                                         {"MaxFaces", 1},
                                                         {"QualityFilter", "NONE"}});
        if (!answer) {
            if (!is_of_the_picture(answer.error())) return failed("IndexFaces", answer.error());
            record.error = answer.error().type;
            return record;
        }
        for (const json::value& face : answer->at("FaceRecords").as_array()) {
            std::string id(face.at("Face").at("FaceId").as_string());
            into.paths_of[id].insert(path);
            into.face_of[path] = std::move(id);
            record.faces.emplace_back();
        }
        return record;
    }

    std::string url_;
    std::unique_ptr<RekognitionClient> client_;
    std::deque<Enrolled> sets_;
    std::deque<audit::PictureRecord> records_;  // addresses stay
    std::string model_{"not stated"};
};

}  // namespace

Result<std::unique_ptr<Subject>> open_endpoint(const AuditOptions& options) {
    auto client = RekognitionClient::open(options.against);
    if (!client) return std::unexpected(client.error());
    return std::make_unique<Endpoint>(options.against, std::move(*client));
}

}  // namespace visavis::app
