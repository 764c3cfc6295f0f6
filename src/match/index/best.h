// The best hits of a search so far.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "match/index.h"

namespace visavis::match {

/// Whether `a` comes before `b` in an answer: higher score, among equals the lower key.
[[nodiscard]] inline bool comes_before(const Hit& a, const Hit& b) noexcept {
    return a.score != b.score ? a.score > b.score : a.key < b.key;
}

/// Holds up to `most` hits as a heap whose top is the worst.
class Best {
  public:
    explicit Best(std::size_t most) : most_(most) {}

    /// Takes the hit if it is among the best so far. True if `most` are held afterwards, so that worst() is a
    /// floor for what follows.
    bool offer(const Hit& hit) {
        if (hits_.size() < most_) {
            hits_.push_back(hit);
            std::ranges::push_heap(hits_, comes_before);
        } else if (comes_before(hit, hits_.front())) {
            std::ranges::pop_heap(hits_, comes_before);
            hits_.back() = hit;
            std::ranges::push_heap(hits_, comes_before);
        }
        return hits_.size() == most_;
    }

    [[nodiscard]] const Hit& worst() const noexcept { return hits_.front(); }
    [[nodiscard]] std::span<const Hit> hits() const noexcept { return hits_; }

    /// Score of the `rank`-th best, counted from 1; there are as many.
    [[nodiscard]] double score_at(std::size_t rank, std::vector<double>& scratch) const {
        scratch.clear();
        for (const Hit& hit : hits_) scratch.push_back(hit.score);
        const auto nth = scratch.begin() + static_cast<std::ptrdiff_t>(rank - 1);
        std::ranges::nth_element(scratch, nth, std::greater<>{});
        return *nth;
    }

    /// In order, the best first.
    [[nodiscard]] std::vector<Hit> take() {
        std::ranges::sort(hits_, comes_before);
        return std::exchange(hits_, {});
    }

  private:
    std::size_t most_;
    std::vector<Hit> hits_;
};

}  // namespace visavis::match
