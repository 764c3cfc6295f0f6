// What compares faces for an audit: a model pack on this machine, or somebody's server through its API.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "audit/data_set.h"
#include "audit/scores.h"
#include "audit/trials.h"
#include "base/error.h"
#include "match/score_normalisation.h"
#include "match/similarity_scale.h"

namespace visavis::audit {

/// A picture of the probes and one of the gallery that reach a threshold.
struct ScoredPair {
    std::uint32_t probe{};    ///< index into the probes' pictures
    std::uint32_t gallery{};  ///< index into the gallery's pictures
    double score{};           ///< on the comparer's own scale; higher is more alike
};

class Comparer {
  public:
    Comparer() = default;
    Comparer(const Comparer&) = delete;
    Comparer& operator=(const Comparer&) = delete;
    virtual ~Comparer() = default;

    /// Every pair of the pictures `searched` of `probes` and `faces` of `gallery` whose Similarity is at
    /// least lowest_kept(threshold), in no order. All have a face. A picture may meet itself.
    [[nodiscard]] virtual Result<std::vector<ScoredPair>> search(const DataSet& probes,
                                                                 std::span<const std::uint32_t> searched,
                                                                 const DataSet& gallery,
                                                                 std::span<const std::uint32_t> faces,
                                                                 double threshold) = 0;

    /// The pairs of different pictures of `faces`, each once (probe < gallery), as search() of the set in
    /// itself finds them.
    [[nodiscard]] virtual Result<std::vector<ScoredPair>> pairs_within(const DataSet& set,
                                                                       std::span<const std::uint32_t> faces,
                                                                       double threshold);

    /// The score of each pair of pictures of `set`; −infinity where one of them has no face.
    [[nodiscard]] virtual Result<std::vector<double>> compare(const DataSet& set,
                                                              std::span<const MatedPair> pairs) = 0;

    /// The Similarity from which search() lists pairs: at most `threshold`.
    [[nodiscard]] virtual double lowest_kept(double threshold) const = 0;

    /// The lowest score that is a match at a threshold.
    [[nodiscard]] virtual double cut(double threshold) const = 0;
    [[nodiscard]] virtual double similarity(double score) const = 0;

    /// Whether a Similarity of this score is beyond what the system's curve was measured on.
    [[nodiscard]] virtual bool extrapolated(double score) const = 0;

    /// The false match rate that a threshold promises; nothing where the system promises none.
    [[nodiscard]] virtual std::optional<double> promised(double threshold) const = 0;
};

/// A model pack. The arguments must outlive it.
class PackComparer final : public Comparer {
  public:
    PackComparer(const match::ScoreNormaliser& normaliser, const match::SimilarityScale& scale,
                 std::size_t dimension, std::size_t threads)
        : normaliser_(normaliser), scale_(scale), dimension_(dimension), threads_(threads) {}

    [[nodiscard]] Result<std::vector<ScoredPair>> search(const DataSet& probes,
                                                         std::span<const std::uint32_t> searched,
                                                         const DataSet& gallery,
                                                         std::span<const std::uint32_t> faces,
                                                         double threshold) override;
    /// Keeps nothing of the other half: of 14,000 faces that is ten million pairs.
    [[nodiscard]] Result<std::vector<ScoredPair>> pairs_within(const DataSet& set,
                                                               std::span<const std::uint32_t> faces,
                                                               double threshold) override;
    [[nodiscard]] Result<std::vector<double>> compare(const DataSet& set,
                                                      std::span<const MatedPair> pairs) override;

    /// Down to a false match rate of 1 in 10, for the DET curves.
    [[nodiscard]] double lowest_kept(double threshold) const override;
    [[nodiscard]] double cut(double threshold) const override { return scale_.score_at(threshold); }
    [[nodiscard]] double similarity(double score) const override { return scale_.similarity(score); }
    [[nodiscard]] bool extrapolated(double score) const override { return scale_.extrapolated(score); }
    [[nodiscard]] std::optional<double> promised(double threshold) const override {
        return match::SimilarityScale::fmr_of_similarity(threshold);
    }

    /// Templates of pictures with a face.
    [[nodiscard]] Templates templates(const DataSet& set, std::span<const std::uint32_t> pictures) const;

    [[nodiscard]] const match::ScoreNormaliser& normaliser() const noexcept { return normaliser_; }
    [[nodiscard]] std::size_t dimension() const noexcept { return dimension_; }
    [[nodiscard]] std::size_t threads() const noexcept { return threads_; }

  private:
    template <typename Wanted>
    std::vector<ScoredPair> found(const DataSet& probes, std::span<const std::uint32_t> searched,
                                  const DataSet& gallery, std::span<const std::uint32_t> faces,
                                  double threshold, const Wanted& wanted);

    const match::ScoreNormaliser& normaliser_;
    const match::SimilarityScale& scale_;
    std::size_t dimension_;
    std::size_t threads_;
};

}  // namespace visavis::audit
