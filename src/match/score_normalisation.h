// The two numbers of a template that make one threshold mean the same error for everyone.
//
// A network puts some people closer to strangers than others, and whom depends on whom it was trained on. For
// each template two numbers are estimated: μ, σ, the mean and deviation of its scores with strangers of its
// own kind (for the score see score.h). They are not looked up in a list of people: a quadratic form
//
//     y(x) = c + bᵀx + xᵀA x,   one for μ and one for log σ, x the template
//
// predicts them. It was fitted to a balanced cohort until its groups' false match rates came together
// (training/normalisation.py), and nothing of a single person is in it. Nobody's group is guessed.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "match/score.h"

namespace visavis::match {

/// Immutable; thread-safe.
class ScoreNormaliser {
  public:
    /// No normalisation: every template gets {1, 0}, and a score is the cosine.
    ScoreNormaliser() = default;

    /// Reads a pack's normalisation file (JSON, naming the binary beside it and its SHA-256; format in
    /// docs/formats/model-pack.md). kInternal, naming the file, if either is missing, malformed or not the
    /// one named.
    static Result<ScoreNormaliser> load(const std::string& file, std::size_t dimension);

    /// {1/σ, μ/σ} of a unit-norm template of the dimension given to load(). μ and σ stay within the range
    /// they had in the cohort, so a strange template cannot give a wild score.
    [[nodiscard]] Normalisation of(std::span<const float> vector) const noexcept;

    /// `cosine` without normalisation, else what the file calls its scores.
    [[nodiscard]] const std::string& score_name() const noexcept { return name_; }

  private:
    struct Form {
        double constant{};
        std::vector<float> linear;     // dimension
        std::vector<float> quadratic;  // dimension², row-major, symmetric
        double low{};                  // range of the values it was fitted to
        double high{};
        [[nodiscard]] double at(std::span<const float> x) const noexcept;
    };

    std::string name_{"cosine"};
    std::array<Form, 2> forms_;  // μ, log σ; empty without normalisation
};

/// The normaliser of a pack: load() of its file, or none for an empty `file`.
[[nodiscard]] inline Result<ScoreNormaliser> normaliser_of(const std::string& file, std::size_t dimension) {
    if (file.empty()) return ScoreNormaliser();
    return ScoreNormaliser::load(file, dimension);
}

}  // namespace visavis::match
