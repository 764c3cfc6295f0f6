#include "scoring.h"

#include <fmt/core.h>

namespace visavis::app {
namespace {

std::unexpected<Error> another(const infer::ModelPack& pack, std::string_view what, std::string_view measured,
                               std::string_view there) {
    return fail(
        ErrorCode::kInternal,
        fmt::format("calibration file `{}` was measured with {} `{}`, the pack has `{}`; `visavis models "
                    "calibrate` measures its own",
                    pack.calibration, what, measured, there));
}

}  // namespace

Result<Scoring> scoring_of(const infer::ModelPack& pack) {
    auto normaliser = match::normaliser_of(pack.normalisation, pack.dimension);
    if (!normaliser) return std::unexpected(normaliser.error());
    auto scale = match::SimilarityScale::load(pack.calibration);
    if (!scale) return std::unexpected(scale.error());
    if (scale->score_name() != normaliser->score_name())
        return another(pack, "the scores", scale->score_name(), normaliser->score_name());
    if (!scale->pack_version().empty() && scale->pack_version() != pack.version)
        return another(pack, "the version", scale->pack_version(), pack.version);
    if (!scale->normalisation().empty() && scale->normalisation() != pack.normalisation_sha256)
        return another(pack, "the normalisation", scale->normalisation(), pack.normalisation_sha256);
    return Scoring{.normaliser = std::move(*normaliser), .scale = std::move(*scale)};
}

}  // namespace visavis::app
