#include "face/describer.h"

#include <utility>

#include "face/states.h"

namespace visavis::face {
namespace {

std::optional<infer::ModelFile> file_of(const infer::ModelPack& pack, std::string_view role) {
    const auto file = pack.file(role);
    return file ? std::optional(**file) : std::nullopt;
}

/// Opens `part` unless it is open.
template <typename Part, typename... Arguments>
Result<void> ready(std::optional<Part>& part, const Arguments&... arguments) {
    if (part) return {};
    auto opened = Part::open(arguments...);
    if (!opened) return std::unexpected(opened.error());
    part.emplace(std::move(*opened));
    return {};
}

}  // namespace

Describer::Describer(const infer::ModelPack& pack, infer::SessionOptions options)
    : options_(std::move(options)),
      embedder_file_(file_of(pack, "embedder")),
      head_file_(file_of(pack, "attributes")),
      mesh_file_(file_of(pack, "mesh")),
      iris_file_(file_of(pack, "iris")) {}

Result<Attributes> Describer::describe(const cv::Mat& picture, const std::array<cv::Point2f, 5>& landmarks,
                                       const cv::Mat& crop, const AttributeSet& wanted) {
    Attributes attributes;
    if (wanted.needs_head() && embedder_file_ && head_file_)
        if (const auto added = add_head(crop, wanted, attributes); !added)
            return std::unexpected(added.error());
    if (wanted.needs_mesh() && mesh_file_ && iris_file_)
        if (const auto added = add_mesh(picture, landmarks, wanted, attributes); !added)
            return std::unexpected(added.error());
    return attributes;
}

Result<void> Describer::add_head(const cv::Mat& crop, const AttributeSet& wanted, Attributes& into) {
    if (const auto opened = ready(head_, *embedder_file_, *head_file_, options_); !opened) return opened;
    auto answer = head_->answer(crop);
    if (!answer) return std::unexpected(answer.error());
    if (wanted.age) into.age = answer->age;
    if (wanted.gender) into.gender = answer->gender;
    if (wanted.emotions) into.emotions = std::move(answer->emotions);
    return {};
}

Result<void> Describer::add_mesh(const cv::Mat& picture, const std::array<cv::Point2f, 5>& landmarks,
                                 const AttributeSet& wanted, Attributes& into) {
    if (const auto opened = ready(mesh_, *mesh_file_, options_); !opened) return opened;
    const auto mesh = mesh_->fit(picture, landmarks);
    if (!mesh) return std::unexpected(mesh.error());
    constexpr float kOnAFace = 0.5F;
    if (mesh->presence < kOnAFace) return {};
    if (wanted.smile) into.smile = smile(*mesh);
    if (wanted.mouth_open) into.mouth_open = mouth_open(*mesh);
    if (!wanted.needs_eyes()) return {};

    if (const auto opened = ready(eyes_, *iris_file_, options_); !opened) return opened;
    const auto eyes = eyes_->look(picture, *mesh);
    if (!eyes) return std::unexpected(eyes.error());
    const Judgement open = eyes_open(*mesh, *eyes);
    if (wanted.eyes_open) into.eyes_open = open;
    if (wanted.eye_direction) into.eye_direction = eye_direction(*mesh, *eyes, open);
    if (wanted.landmarks) {
        into.landmarks = thirty_landmarks(*mesh, *eyes, picture.size());
        into.pose = pose(*mesh);
    }
    return {};
}

}  // namespace visavis::face
