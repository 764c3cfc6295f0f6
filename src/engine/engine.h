// What the operations share. The engine knows no HTTP and no JSON; one operation, one file beside this one.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/clock.h"
#include "engine/galleries.h"
#include "engine/governed.h"
#include "engine/image_source.h"
#include "face/pipeline.h"
#include "keys/seal.h"
#include "match/score.h"
#include "match/score_normalisation.h"
#include "match/similarity_scale.h"
#include "policy/authority.h"
#include "store/store.h"

namespace visavis::engine {

/// What an Engine is made of; it owns all of it. Absent parts switch off what needs them.
struct EngineParts {
    std::shared_ptr<const face::Pipeline> pipeline;
    match::SimilarityScale scale;
    match::ScoreNormaliser normaliser;    ///< absent: scores are cosines
    std::string normaliser_name{"none"};  ///< SHA-256 of its file
    std::string model_version;            ///< Rekognition's FaceModelVersion
    std::string pack;                     ///< name and version, for the notes
    std::string curve;                    ///< SHA-256 of the calibration file
    std::unique_ptr<const Clock> clock = std::make_unique<SystemClock>();
    std::unique_ptr<Gate> gate;                           ///< absent: no policy is enforced
    std::shared_ptr<const policy::Authority> authority;   ///< what the gate asks; for roles and cases
    std::unique_ptr<Recorder> recorder;                   ///< absent: no receipts
    std::shared_ptr<store::Store> store;                  ///< absent: no collections
    std::unique_ptr<Galleries> galleries;                 ///< of that store; there if and only if it is
    std::unique_ptr<const ImageSource> images;            ///< absent: no S3Objects
    keys::SealKey token_key = keys::SealKey::generate();  ///< seals page tokens
};

/// All operations are thread-safe.
class Engine {
  public:
    explicit Engine(EngineParts parts);

    [[nodiscard]] const face::Pipeline& pipeline() const noexcept { return *parts_.pipeline; }
    [[nodiscard]] const match::SimilarityScale& scale() const noexcept { return parts_.scale; }
    /// The two numbers of score normalisation of a template of this model.
    [[nodiscard]] match::Normalisation normalisation(std::span<const float> vector) const noexcept {
        return parts_.normaliser.of(vector);
    }
    [[nodiscard]] const std::string& normaliser_name() const noexcept { return parts_.normaliser_name; }
    [[nodiscard]] const std::string& model_version() const noexcept { return parts_.model_version; }
    [[nodiscard]] const std::string& pack() const noexcept { return parts_.pack; }
    [[nodiscard]] const std::string& curve() const noexcept { return parts_.curve; }
    [[nodiscard]] const Clock& clock() const noexcept { return *parts_.clock; }
    [[nodiscard]] Gate* gate() const noexcept { return parts_.gate.get(); }
    [[nodiscard]] const policy::Authority* authority() const noexcept { return parts_.authority.get(); }
    [[nodiscard]] Recorder* recorder() const noexcept { return parts_.recorder.get(); }
    [[nodiscard]] store::Store* store() const noexcept { return parts_.store.get(); }
    [[nodiscard]] Galleries* galleries() const noexcept { return parts_.galleries.get(); }
    [[nodiscard]] const ImageSource* images() const noexcept { return parts_.images.get(); }
    [[nodiscard]] const keys::SealKey& token_key() const noexcept { return parts_.token_key; }

  private:
    EngineParts parts_;
};

}  // namespace visavis::engine
