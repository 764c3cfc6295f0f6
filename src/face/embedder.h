// Templates from aligned crops with SFace (Zhong et al., "SFace: Sigmoid-Constrained Hypersphere Loss",
// 2021).
#pragma once

#include <span>
#include <string>

#include <opencv2/core.hpp>

#include "base/error.h"
#include "face/types.h"
#include "infer/session.h"

namespace visavis::face {

/// A B G R crop of kCropSide pixels as SFace wants it: planar R G B, 0…255.
void fill_with_crop(const cv::Mat& crop, std::span<float> input);

/// Not thread-safe: one embedder a stream.
class Embedder {
  public:
    /// Compiles the network. kInternal, naming the file, if it is not what the manifest says or its output is
    /// not `dimension` numbers long.
    static Result<Embedder> open(const infer::ModelFile& file, std::size_t dimension,
                                 const infer::SessionOptions& options);

    /// The unit-norm template of a B G R crop (see crop_from_picture). One face a run: two or eight at once
    /// took 3 to 8 % less time each and a second compiled network (docs/decisions/0006-precision.md).
    [[nodiscard]] Result<Template> embed(const cv::Mat& crop);

  private:
    Embedder(infer::Session session, std::string output)
        : session_(std::move(session)), output_(std::move(output)) {}

    infer::Session session_;
    std::string output_;
};

}  // namespace visavis::face
