// From pixels to faces and templates: detect, align, embed. One call per sentence:
//
//     auto pack     = infer::ModelPack::open("models/default");         // verifies hashes, names and shapes
//     auto pipeline = face::Pipeline::open(*pack, {});                  // compiles the networks
//     auto picture  = image::decode(bytes, {});                         // displayed orientation
//     auto faces    = pipeline->detect(*picture);                       // largest first
//     auto vectors  = pipeline->embed(*picture, *faces);                // one unit-norm template a face
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/error.h"
#include "face/attributes.h"
#include "face/turns.h"
#include "face/types.h"
#include "image/picture.h"
#include "infer/model_pack.h"

namespace visavis::face {

/// Raised whenever the same picture gives other templates than before, networks being equal: cohorts and
/// curves measured under another number do not hold.
inline constexpr int kPipelineVersion = 4;

/// Milliseconds of wall clock, added up over calls; waiting for a stream is not counted.
struct StageTimes {
    double detect_ms{};  ///< boxes and landmarks
    double align_ms{};   ///< crops, and Quality from them
    double embed_ms{};
};

struct PipelineOptions {
    int threads{1};               ///< per stream
    int streams{1};               ///< calls that may run side by side; further callers wait
    std::string cache_directory;  ///< compiled networks are kept here (0700); empty: no cache
    bool full_precision{false};   ///< f32 where the processor has bf16: twice the time, the same accuracy
};

/// Thread-safe: calls from up to `streams` threads run side by side.
class Pipeline {
  public:
    /// A pipeline, or kInternal naming the file and what was expected of it.
    static Result<std::unique_ptr<Pipeline>> open(const infer::ModelPack& pack,
                                                  const PipelineOptions& options);

    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;
    ~Pipeline();

    /// Up to 100 faces, largest box first, with confidence, landmarks, pose and quality; empty if there is
    /// none.
    [[nodiscard]] Result<std::vector<Face>> detect(const image::Picture& picture,
                                                   StageTimes* times = nullptr) const;

    /// One template for each of `faces`, in their order. `faces` must come from detect() on the same picture.
    [[nodiscard]] Result<std::vector<Template>> embed(const image::Picture& picture,
                                                      std::span<const Face> faces,
                                                      StageTimes* times = nullptr) const;

    /// What is wanted of each of `faces`, in their order; members that the pack has no network for are
    /// absent, and so are those of the mesh where it does not lie on a face. `faces` as for embed(). The
    /// networks are opened at the first call that needs them.
    [[nodiscard]] Result<std::vector<Attributes>> describe(const image::Picture& picture,
                                                           std::span<const Face> faces,
                                                           const AttributeSet& wanted) const;

    /// For a caller that decodes, detects and embeds in one go beside others: a turn, of as many as there are
    /// streams, to be held over all three. Waits for it. The calls above work without one, too.
    [[nodiscard]] Turns::Turn take_turn() const;

    /// Numbers in a template.
    [[nodiscard]] std::size_t dimension() const noexcept;

  private:
    struct Parts;
    explicit Pipeline(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace visavis::face
