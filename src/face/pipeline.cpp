#include "face/pipeline.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <mutex>

#include <opencv2/core.hpp>

#include "base/file.h"
#include "base/limits.h"
#include "face/describer.h"
#include "face/detector.h"
#include "face/embedder.h"
#include "face/geometry.h"
#include "infer/session.h"

namespace visavis::face {
namespace {

struct Stream {
    Detector detector;
    Embedder embedder;
    Describer describer;
};

cv::Mat view(const image::Picture& picture) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): cv::Mat has no view of what is const
    return {picture.height(), picture.width(), CV_8UC3, const_cast<std::uint8_t*>(picture.bgr())};
}

std::shared_ptr<const Crop> crop(const cv::Mat& picture, const std::array<cv::Point2f, 5>& landmarks) {
    const cv::Mat aligned = warp(picture, crop_from_picture(landmarks), {kCropSide, kCropSide});
    auto made = std::make_shared<Crop>();
    aligned.copyTo(cv::Mat(kCropSide, kCropSide, CV_8UC3, made->data()));
    return made;
}

cv::Mat view(const Crop& crop) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): cv::Mat has no view of what is const
    return {kCropSide, kCropSide, CV_8UC3, const_cast<std::uint8_t*>(crop.data())};
}

/// YuNet gives clear faces 0.9 to 0.95, where Rekognition's clients expect a confidence far above 90.
/// Logistic: 0.7 → 50, 0.8 → 91, 0.9 → 99. In five photographs of crowds (WIDER FACE) three quarters of the
/// false detections and one in twenty of the true ones lie below 50.
float confidence(float score) {
    return 100 / (1 + std::exp(-23 * (score - 0.7F)));
}

/// Adds the milliseconds between its making and its end to `into`, if there is one.
class Stopwatch {
  public:
    explicit Stopwatch(double* into) : into_(into), start_(std::chrono::steady_clock::now()) {}
    Stopwatch(const Stopwatch&) = delete;
    Stopwatch& operator=(const Stopwatch&) = delete;
    ~Stopwatch() {
        if (into_ != nullptr)
            *into_ +=
                std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_).count();
    }

  private:
    double* into_;
    std::chrono::steady_clock::time_point start_;
};

Face to_face(const Candidate& candidate, const cv::Mat& picture, double* align_ms) {
    const auto width = static_cast<float>(picture.cols);
    const auto height = static_cast<float>(picture.rows);
    Face face;
    face.box = {.left = candidate.box.x / width,
                .top = candidate.box.y / height,
                .width = candidate.box.width / width,
                .height = candidate.box.height / height};
    face.confidence = confidence(candidate.score);
    for (std::size_t i = 0; i < face.landmarks.size(); ++i)
        face.landmarks[i] = {.x = candidate.landmarks[i].x / width, .y = candidate.landmarks[i].y / height};
    face.pose = pose(candidate.landmarks);
    const Stopwatch watch(align_ms);
    face.crop = crop(picture, candidate.landmarks);
    face.quality = quality(view(*face.crop));
    return face;
}

std::array<cv::Point2f, 5> pixels(const Face& face, const cv::Mat& picture) {
    std::array<cv::Point2f, 5> points;
    for (std::size_t i = 0; i < points.size(); ++i)
        points[i] = {face.landmarks[i].x * static_cast<float>(picture.cols),
                     face.landmarks[i].y * static_cast<float>(picture.rows)};
    return points;
}

}  // namespace

struct Pipeline::Parts {
    explicit Parts(int most) : turns(most) {}

    Turns turns;
    std::size_t dimension{};
    std::vector<std::unique_ptr<Stream>> streams;
    std::mutex mutex;
    std::condition_variable returned;
    std::vector<Stream*> idle;  // guarded by mutex
};

namespace {

/// A stream for as long as the object lives.
template <typename Parts>
class Lease {
  public:
    explicit Lease(Parts& parts) : parts_(parts), stream_(take(parts)) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() {
        {
            const std::scoped_lock lock(parts_.mutex);
            parts_.idle.push_back(stream_);
        }
        parts_.returned.notify_one();
    }
    Stream* operator->() const { return stream_; }

  private:
    static Stream* take(Parts& parts) {
        std::unique_lock lock(parts.mutex);
        parts.returned.wait(lock, [&] { return !parts.idle.empty(); });
        Stream* stream = parts.idle.back();
        parts.idle.pop_back();
        return stream;
    }

    Parts& parts_;
    Stream* stream_{};
};

}  // namespace

Pipeline::Pipeline(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Pipeline::~Pipeline() = default;

Result<std::unique_ptr<Pipeline>> Pipeline::open(const infer::ModelPack& pack,
                                                 const PipelineOptions& options) {
    cv::setNumThreads(1);  // parallelism comes from the streams
    const auto detector = pack.file("detector");
    if (!detector) return std::unexpected(detector.error());
    const auto embedder = pack.file("embedder");
    if (!embedder) return std::unexpected(embedder.error());

    // Those of attributes are compiled when they are first asked for; what is wrong with them is told now.
    for (const infer::ModelFile& file : pack.files)
        if (const auto right = infer::check(file); !right) return std::unexpected(right.error());
    if (!options.cache_directory.empty())
        if (const auto made = make_private_directory(options.cache_directory); !made)
            return std::unexpected(made.error());
    const infer::SessionOptions session{.threads = options.threads,
                                        .cache_directory = options.cache_directory,
                                        .full_precision = options.full_precision,
                                        .input_shape = {}};
    const int most = std::max(options.streams, 1);
    auto parts = std::make_unique<Parts>(most);
    parts->dimension = pack.dimension;
    for (int i = 0; i < most; ++i) {
        auto network = Embedder::open(**embedder, pack.dimension, session);
        if (!network) return std::unexpected(network.error());
        parts->streams.push_back(std::make_unique<Stream>(Detector(**detector, session), std::move(*network),
                                                          Describer(pack, session)));
        parts->idle.push_back(parts->streams.back().get());
        // Compiled now, not at the first request: the networks' shapes are part of what the pack must get
        // right.
        if (const auto warm = parts->idle.back()->detector.detect(cv::Mat::zeros(384, 640, CV_8UC3)); !warm)
            return std::unexpected(warm.error());
    }
    return std::unique_ptr<Pipeline>(new Pipeline(std::move(parts)));
}

Turns::Turn Pipeline::take_turn() const {
    return parts_->turns.take();
}

Result<std::vector<Face>> Pipeline::detect(const image::Picture& picture, StageTimes* times) const {
    const cv::Mat pixels_of_picture = view(picture);
    const Lease stream(*parts_);
    auto candidates = [&] {
        const Stopwatch watch(times == nullptr ? nullptr : &times->detect_ms);
        return stream->detector.detect(pixels_of_picture);
    }();
    if (!candidates) return std::unexpected(candidates.error());
    std::ranges::stable_sort(*candidates, std::greater<>{}, [](const Candidate& c) { return c.box.area(); });
    if (candidates->size() > limits::kMaxFacesPerImage) candidates->resize(limits::kMaxFacesPerImage);
    std::vector<Face> faces;
    faces.reserve(candidates->size());
    for (const Candidate& candidate : *candidates)
        faces.push_back(to_face(candidate, pixels_of_picture, times == nullptr ? nullptr : &times->align_ms));
    return faces;
}

Result<std::vector<Template>> Pipeline::embed(const image::Picture& picture, std::span<const Face> faces,
                                              StageTimes* times) const {
    const cv::Mat pixels_of_picture = view(picture);
    const Lease stream(*parts_);
    const Stopwatch watch(times == nullptr ? nullptr : &times->embed_ms);
    std::vector<Template> templates;
    templates.reserve(faces.size());
    for (const Face& face : faces) {
        const auto aligned = face.crop ? face.crop : crop(pixels_of_picture, pixels(face, pixels_of_picture));
        auto vector = stream->embedder.embed(view(*aligned));
        if (!vector) return std::unexpected(vector.error());
        templates.push_back(std::move(*vector));
    }
    return templates;
}

Result<std::vector<Attributes>> Pipeline::describe(const image::Picture& picture, std::span<const Face> faces,
                                                   const AttributeSet& wanted) const {
    std::vector<Attributes> described;
    if (!wanted.any()) {
        described.resize(faces.size());
        return described;
    }
    const cv::Mat pixels_of_picture = view(picture);
    const Lease stream(*parts_);
    described.reserve(faces.size());
    for (const Face& face : faces) {
        const auto landmarks = pixels(face, pixels_of_picture);
        const auto aligned = face.crop ? face.crop : crop(pixels_of_picture, landmarks);
        auto attributes = stream->describer.describe(pixels_of_picture, landmarks, view(*aligned), wanted);
        if (!attributes) return std::unexpected(attributes.error());
        described.push_back(std::move(*attributes));
    }
    return described;
}

std::size_t Pipeline::dimension() const noexcept {
    return parts_->dimension;
}

}  // namespace visavis::face
