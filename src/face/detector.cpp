#include "face/detector.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <iterator>

#include <opencv2/imgproc.hpp>

#include "face/second_look.h"

namespace visavis::face {
namespace {

constexpr int kSide = 640;     // longest side that one pass looks at
constexpr int kOverlap = 128;  // of neighbouring tiles: the largest face that only tiles find fits in
constexpr int kFrame = 1920;   // longest side of the picture that tiles show, so at most 16 of them
constexpr float kLeastScore = 0.6F;
constexpr float kOverlapLimit = 0.3F;  // intersection over union at which the weaker box goes
// Below this many pixels in a reduced picture YuNet misses some faces: then there may be smaller ones, too.
constexpr int kSmallFace = 20;
constexpr int kPromisedFace = 40;                             // is to be found in a frame of 1920 pixels
constexpr int kNearer = kFrame * kSmallFace / kPromisedFace;  // reduced to this it is; at most 4 tiles
constexpr int kFar =
    kSide * kPromisedFace / kSmallFace;  // in larger pictures it is less when reduced to kSide
constexpr int kSecondLooks = 8;          // at the largest faces that deserve one: up to 5 ms each

// Few input shapes, so that each is compiled once and memory is bounded: the sides a picture of 4:3, 16:9 or
// square needs at 640 pixels.
const std::array<cv::Size, 8> kInputs = {cv::Size{224, 224}, cv::Size{320, 320}, cv::Size{640, 384},
                                         cv::Size{384, 640}, cv::Size{512, 512}, cv::Size{640, 480},
                                         cv::Size{480, 640}, cv::Size{640, 640}};

cv::Size input_for(cv::Size picture) {
    for (const cv::Size& input : kInputs)
        if (picture.width <= input.width && picture.height <= input.height) return input;
    return kInputs.back();
}

int longest_side(const cv::Mat& picture) {
    return std::max(picture.cols, picture.rows);
}

float overlap(const cv::Rect2f& a, const cv::Rect2f& b) {
    const float both = (a & b).area();
    return both / (a.area() + b.area() - both);
}

std::vector<Candidate> without_overlaps(std::vector<Candidate> all) {
    std::ranges::stable_sort(all, std::greater<>{}, &Candidate::score);
    std::vector<Candidate> kept;
    for (const Candidate& candidate : all)
        if (std::ranges::none_of(kept, [&](const Candidate& better) {
                return overlap(better.box, candidate.box) > kOverlapLimit;
            }))
            kept.push_back(candidate);
    return kept;
}

void move(Candidate& candidate, float scale, cv::Point2f offset) {
    candidate.box = {candidate.box.x * scale + offset.x, candidate.box.y * scale + offset.y,
                     candidate.box.width * scale, candidate.box.height * scale};
    for (auto& point : candidate.landmarks) point = point * scale + offset;
}

/// The network's input is planar B G R, 0…255, the picture at its top left corner, zero elsewhere.
void fill_input(const cv::Mat& picture, cv::Size input, std::span<float> values) {
    std::array<cv::Mat, 3> channels;
    cv::split(picture, channels.data());
    const cv::Rect covered({}, picture.size());
    for (std::size_t k = 0; k < channels.size(); ++k) {
        const cv::Mat plane(input, CV_32F, values.data() + k * static_cast<std::size_t>(input.area()));
        cv::Mat target = plane(covered);
        channels[k].convertTo(target, CV_32F);
        plane(cv::Rect(picture.cols, 0, input.width - picture.cols, picture.rows)).setTo(0);
        plane(cv::Rect(0, picture.rows, input.width, input.height - picture.rows)).setTo(0);
    }
}

struct Stride {
    int pixels;
    std::string classes, objects, boxes, points;  // names of its outputs
};
const std::array<Stride, 3> kStrides = {{{8, "cls_8", "obj_8", "bbox_8", "kps_8"},
                                         {16, "cls_16", "obj_16", "bbox_16", "kps_16"},
                                         {32, "cls_32", "obj_32", "bbox_32", "kps_32"}}};

void read_stride(infer::Session& session, const Stride& stride, cv::Size input,
                 std::vector<Candidate>& found) {
    const auto classes = session.output(stride.classes).values;
    const auto objects = session.output(stride.objects).values;
    const auto boxes = session.output(stride.boxes).values;
    const auto points = session.output(stride.points).values;
    const int columns = input.width / stride.pixels;
    const auto s = static_cast<float>(stride.pixels);
    for (std::size_t i = 0; i < classes.size(); ++i) {
        const float product = std::clamp(classes[i], 0.0F, 1.0F) * std::clamp(objects[i], 0.0F, 1.0F);
        if (!(product >= kLeastScore * kLeastScore)) continue;
        const auto [line, place] = std::div(static_cast<int>(i), columns);
        const auto column = static_cast<float>(place);
        const auto row = static_cast<float>(line);
        const float width = std::exp(boxes[i * 4 + 2]) * s;
        const float height = std::exp(boxes[i * 4 + 3]) * s;
        Candidate candidate{.box = {(column + boxes[i * 4]) * s - width / 2,
                                    (row + boxes[i * 4 + 1]) * s - height / 2, width, height},
                            .score = std::sqrt(product),
                            .landmarks = {}};
        for (std::size_t k = 0; k < 5; ++k)
            candidate.landmarks[k] = {(column + points[i * 10 + k * 2]) * s,
                                      (row + points[i * 10 + k * 2 + 1]) * s};
        found.push_back(candidate);
    }
}

/// A point of the picture turned clockwise `turns` times by 90 degrees, back in the upright picture of
/// `size`.
cv::Point2f turn_back(cv::Point2f p, int turns, cv::Size size) {
    const auto width = static_cast<float>(size.width);
    const auto height = static_cast<float>(size.height);
    if (turns == 1) return {p.y, height - p.x};
    if (turns == 2) return {width - p.x, height - p.y};
    return {width - p.y, p.x};
}

void turn_back(Candidate& candidate, int turns, cv::Size size) {
    const cv::Point2f a = turn_back(candidate.box.tl(), turns, size);
    const cv::Point2f b = turn_back(candidate.box.br(), turns, size);
    candidate.box = cv::Rect2f(a, b);
    for (auto& point : candidate.landmarks) point = turn_back(point, turns, size);
}

}  // namespace

Detector::Detector(infer::ModelFile file, infer::SessionOptions options)
    : file_(std::move(file)), options_(std::move(options)) {}

Result<infer::Session*> Detector::session_for(cv::Size size) {
    const auto key = std::pair(size.width, size.height);
    if (const auto known = sessions_.find(key); known != sessions_.end()) return &known->second;
    auto options = options_;
    options.input_shape = {1, 3, size.height, size.width};
    auto session = infer::Session::open(file_, options);
    if (!session) return std::unexpected(session.error());
    return &sessions_.emplace(key, std::move(*session)).first->second;
}

Result<std::vector<Candidate>> Detector::run(const cv::Mat& picture) {
    const cv::Size input = input_for(picture.size());
    const auto session = session_for(input);
    if (!session) return std::unexpected(session.error());
    fill_input(picture, input, (*session)->input());
    if (const auto ran = (*session)->run(); !ran) return std::unexpected(ran.error());
    std::vector<Candidate> found;
    for (const Stride& stride : kStrides) read_stride(**session, stride, input, found);
    return found;
}

Result<Detector::Look> Detector::look(const cv::Mat& whole, int side) {
    const float scale = std::min(1.0F, static_cast<float>(side) / static_cast<float>(longest_side(whole)));
    cv::Mat picture = whole;
    if (scale < 1) cv::resize(whole, picture, {}, scale, scale, cv::INTER_AREA);
    const bool in_parts = longest_side(picture) > kSide;
    Look found;
    constexpr int kStep = kSide - kOverlap;
    for (int y = 0; y == 0 || y + kOverlap < picture.rows; y += kStep)
        for (int x = 0; x == 0 || x + kOverlap < picture.cols; x += kStep) {
            const cv::Rect tile = cv::Rect(x, y, kSide, kSide) & cv::Rect({}, picture.size());
            const auto part = run(picture(tile));
            if (!part) return std::unexpected(part.error());
            for (Candidate candidate : *part) {
                const auto& box = candidate.box;
                if (in_parts && std::max(box.width, box.height) > kOverlap) continue;  // may be cut off
                found.small = found.small || std::min(box.width, box.height) < static_cast<float>(kSmallFace);
                move(candidate, 1, cv::Point2f(tile.tl()));
                move(candidate, 1 / scale, {});
                found.candidates.push_back(candidate);
            }
        }
    return found;
}

Result<std::vector<Candidate>> Detector::detect_in_patch(const cv::Mat& patch) {
    auto found = run(patch);
    return found ? without_overlaps(std::move(*found)) : found;
}

Result<std::vector<Candidate>> Detector::detect_upright(const cv::Mat& picture, int closest) {
    auto found = look(picture, kSide);
    if (!found) return std::unexpected(found.error());
    const auto look_closer = [&](int side) -> Result<void> {
        const auto closer = look(picture, side);
        if (!closer) return std::unexpected(closer.error());
        std::ranges::copy(closer->candidates, std::back_inserter(found->candidates));
        found->small = closer->small;
        return {};
    };
    const auto in_doubt = [&] { return found->candidates.empty() || found->small; };
    const int longest = longest_side(picture);
    // Beside a large face nothing in the reduced picture may hint at the small ones.
    if (longest > kFar && !in_doubt())
        if (const auto done = look_closer(kNearer); !done) return std::unexpected(done.error());
    if (longest > kSide && in_doubt())
        if (const auto done = look_closer(closest); !done) return std::unexpected(done.error());
    return without_overlaps(std::move(found->candidates));
}

Result<std::vector<Candidate>> Detector::detect_turned(const cv::Mat& picture) {
    auto found = detect_upright(picture, kFrame);
    constexpr std::array<int, 3> kTurns = {cv::ROTATE_90_CLOCKWISE, cv::ROTATE_180,
                                           cv::ROTATE_90_COUNTERCLOCKWISE};
    for (int turns = 1; turns <= 3 && found && found->empty(); ++turns) {
        cv::Mat turned;
        cv::rotate(picture, turned, kTurns[static_cast<std::size_t>(turns - 1)]);
        found = detect_upright(turned, kNearer);
        if (!found) return found;
        for (Candidate& candidate : *found) turn_back(candidate, turns, picture.size());
    }
    return found;
}

Result<std::vector<Candidate>> Detector::detect(const cv::Mat& picture) {
    auto found = detect_turned(picture);
    if (!found) return found;
    std::ranges::stable_sort(*found, std::greater<>{}, [](const Candidate& c) { return c.box.area(); });
    int looks = 0;
    for (Candidate& candidate : *found) {
        if (std::min(candidate.box.width, candidate.box.height) < static_cast<float>(kSmallFace) ||
            looks == kSecondLooks)
            break;
        if (!deserves_second_look(candidate)) continue;
        ++looks;
        auto again =
            look_again(picture, candidate, [this](const cv::Mat& patch) { return detect_in_patch(patch); });
        if (!again) return std::unexpected(again.error());
        candidate = *again;
    }
    return without_overlaps(std::move(*found));
}

}  // namespace visavis::face
