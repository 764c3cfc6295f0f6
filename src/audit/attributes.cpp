#include "audit/attributes.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <span>
#include <thread>

#include "audit/attribute_sections.h"
#include "base/file.h"
#include "base/limits.h"
#include "image/picture.h"

namespace visavis::audit {
namespace {

/// All but emotions.
constexpr face::AttributeSet kMeasured{.landmarks = true,
                                       .age = true,
                                       .gender = true,
                                       .emotions = false,
                                       .smile = true,
                                       .eyes_open = true,
                                       .mouth_open = true,
                                       .eye_direction = false};

image::Picture mirrored(const image::Picture& picture) {
    const auto width = static_cast<std::size_t>(picture.width());
    const auto height = static_cast<std::size_t>(picture.height());
    std::vector<std::uint8_t> pixels(width * height * 3);
    for (std::size_t y = 0; y < height; ++y)
        for (std::size_t x = 0; x < width; ++x)
            std::copy_n(picture.bgr() + (y * width + x) * 3, 3,
                        pixels.data() + (y * width + width - 1 - x) * 3);
    return {picture.width(), picture.height(), std::move(pixels), picture.displayed_width(),
            picture.displayed_height()};
}

/// The same face in the mirrored picture.
face::Face mirrored(const face::Face& face) {
    face::Face other = face;
    other.box.left = 1 - face.box.left - face.box.width;
    for (const auto& [a, b] :
         {std::pair(face::kEyeLeft, face::kEyeRight), std::pair(face::kNose, face::kNose),
          std::pair(face::kMouthLeft, face::kMouthRight)}) {
        other.landmarks[a] = {.x = 1 - face.landmarks[b].x, .y = face.landmarks[b].y};
        other.landmarks[b] = {.x = 1 - face.landmarks[a].x, .y = face.landmarks[a].y};
    }
    other.crop.reset();
    return other;
}

/// `leftEyeBrowLeft` is `rightEyeBrowRight` in a mirror.
std::string mirrored(std::string_view name) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kSides = {
        {{"left", "right"}, {"Left", "Right"}}};
    std::string out;
    for (std::size_t at = 0; at < name.size();) {
        std::size_t step = 0;
        for (const auto& [left, right] : kSides) {
            const bool is_left = name.substr(at).starts_with(left);
            if (!is_left && !name.substr(at).starts_with(right)) continue;
            out += is_left ? right : left;
            step = is_left ? left.size() : right.size();
            break;
        }
        if (step == 0) out += name[at];
        at += std::max<std::size_t>(step, 1);
    }
    return out;
}

const face::Point* find(const std::vector<face::NamedPoint>& points, std::string_view name) {
    const auto found = std::ranges::find(points, name, &face::NamedPoint::type);
    return found == points.end() ? nullptr : &found->point;
}

/// Pixels between two points given as ratios.
double apart(const face::Point& a, const face::Point& b, const image::Picture& picture) {
    return std::hypot((a.x - b.x) * static_cast<float>(picture.width()),
                      (a.y - b.y) * static_cast<float>(picture.height()));
}

std::optional<double> off_detector(const face::Attributes& said, const face::Face& face,
                                   const image::Picture& picture) {
    static constexpr std::array<std::string_view, 5> kNames = {"eyeLeft", "eyeRight", "nose", "mouthLeft",
                                                               "mouthRight"};
    if (said.landmarks.empty()) return std::nullopt;
    double sum = 0;
    for (std::size_t i = 0; i < kNames.size(); ++i)
        sum += apart(*find(said.landmarks, kNames.at(i)), face.landmarks.at(i), picture);
    return sum / kNames.size() /
           apart(face.landmarks[face::kEyeLeft], face.landmarks[face::kEyeRight], picture);
}

std::optional<double> off_mirror(const face::Attributes& said, const face::Attributes& in_mirror,
                                 const face::Face& face, const image::Picture& picture) {
    if (said.landmarks.empty() || in_mirror.landmarks.empty()) return std::nullopt;
    double sum = 0;
    for (const face::NamedPoint& named : said.landmarks) {
        face::Point back = *find(in_mirror.landmarks, mirrored(named.type));
        back.x = 1 - back.x;
        sum += apart(named.point, back, picture);
    }
    return sum / static_cast<double>(said.landmarks.size()) /
           apart(face.landmarks[face::kEyeLeft], face.landmarks[face::kEyeRight], picture);
}

/// The answer for one picture, which is read again: the template cache keeps no pixels.
Result<std::optional<AttributeAnswer>> describe_one(const LabelledPicture& labelled,
                                                    const face::Pipeline& pipeline) {
    if (labelled.face == nullptr) return std::nullopt;
    const auto bytes = read_file(labelled.path, limits::kStoredImageBytes);
    if (!bytes) return std::unexpected(bytes.error());
    const auto picture = image::decode(*bytes, {});
    if (!picture) return std::unexpected(picture.error());
    const face::Face& face = labelled.face->face;
    auto described = pipeline.describe(*picture, std::span(&face, 1), kMeasured);
    if (!described) return std::unexpected(described.error());
    AttributeAnswer answer{.said = std::move(described->front()), .off_detector = {}, .off_mirror = {}};
    if (!answer.said.gender || !answer.said.age)
        return fail(ErrorCode::kInvalidParameter, "the model pack has no network with the role `attributes`");
    const face::Face other = mirrored(face);
    const auto in_mirror = pipeline.describe(mirrored(*picture), std::span(&other, 1), {.landmarks = true});
    if (!in_mirror) return std::unexpected(in_mirror.error());
    answer.off_detector = off_detector(answer.said, face, *picture);
    answer.off_mirror = off_mirror(answer.said, in_mirror->front(), face, *picture);
    return answer;
}

}  // namespace

Result<AttributeAnswers> describe_set(const DataSet& set, const face::Pipeline& pipeline, int threads,
                                      const Progress& progress) {
    AttributeAnswers answers(set.pictures.size());
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::size_t done = 0;              // guarded by mutex
    std::optional<Error> first_error;  // guarded by mutex
    {
        std::vector<std::jthread> workers;
        for (int i = 0; i < std::max(threads, 1); ++i)
            workers.emplace_back([&] {
                for (std::size_t at = next++; at < answers.size(); at = next++) {
                    auto answer = describe_one(set.pictures[at], pipeline);
                    const std::scoped_lock lock(mutex);
                    if (first_error) return;
                    if (!answer) {
                        first_error = answer.error();
                        return;
                    }
                    answers[at] = std::move(*answer);
                    if (progress) progress(++done, answers.size());
                }
            });
    }
    if (first_error) return std::unexpected(*first_error);
    return answers;
}

std::vector<Section> attributes(const DataSet& set, const std::vector<AttributeLabels>& labels,
                                const AttributeAnswers& answers) {
    const Described of{.set = set, .labels = labels, .answers = answers};
    const auto any = [&](auto member) { return std::ranges::any_of(labels, member); };
    const bool gender = any([](const AttributeLabels& one) { return one.female.has_value(); });
    const bool states =
        any([](const AttributeLabels& one) { return one.smile || one.mouth_open || one.eyes_open; });
    std::vector<Section> sections;
    if (gender) sections.push_back(gender_section(of));
    if (any([](const AttributeLabels& one) { return one.age.has_value(); }))
        sections.push_back(age_section(of));
    if (states) sections.push_back(states_section(of));
    if (gender || states) sections.push_back(calibration_section(of));
    if (any([](const AttributeLabels& one) { return one.pose.has_value(); }))
        sections.push_back(pose_section(of));
    if (std::ranges::any_of(answers, [](const auto& answer) { return answer && answer->off_detector; }))
        sections.push_back(landmarks_section(of));
    sections.push_back(failures_section(of));
    return sections;
}

}  // namespace visavis::audit
