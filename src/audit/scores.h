// All scores between two lists of templates, as the server would give them.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "face/types.h"
#include "match/score.h"
#include "match/score_normalisation.h"

namespace visavis::audit {

/// Templates in one block, with the two numbers of each that normalise its scores.
class Templates {
  public:
    explicit Templates(std::size_t dimension) : dimension_(dimension) {}

    void add(std::span<const float> vector, match::Normalisation normalisation);

    [[nodiscard]] std::size_t size() const noexcept { return normalisations_.size(); }
    [[nodiscard]] std::size_t dimension() const noexcept { return dimension_; }
    [[nodiscard]] std::span<const float> vector(std::size_t i) const noexcept {
        return std::span(values_).subspan(i * dimension_, dimension_);
    }
    [[nodiscard]] match::Normalisation normalisation(std::size_t i) const noexcept {
        return normalisations_[i];
    }

  private:
    std::size_t dimension_;
    std::vector<float> values_;
    std::vector<match::Normalisation> normalisations_;
};

/// Called with the worker (0…threads − 1), the row and its scores against every column; rows of one worker
/// ascend.
using UseRow = std::function<void(std::size_t, std::size_t, std::span<const float>)>;

/// Scores every row against every column on `threads` threads. A score does not depend on the number of
/// threads.
void score_rows(const Templates& rows, const Templates& columns, std::size_t threads, const UseRow& use);

}  // namespace visavis::audit
