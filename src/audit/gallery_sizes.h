// The highest score of a stranger in galleries of growing size: real faces as far as there are, synthetic
// ones beyond.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "audit/comparer.h"
#include "audit/verdicts.h"

namespace visavis::audit {

/// A search, with what a gallery of each size gives it. −infinity where nothing can be found.
struct SearchOutcome {
    std::uint32_t picture{};          ///< index into the probes' pictures
    double own{};                     ///< highest score of the searched person's own enrolled photographs
    bool enrolled{};                  ///< whether there are any (another photograph than the one searched)
    std::vector<double> strangers;    ///< by size: highest score of anybody else
    std::vector<std::uint32_t> rank;  ///< by real size: people other than the own one who score higher
};

struct GallerySize {
    std::uint64_t faces{};
    bool synthetic{};  ///< real faces, filled up with synthetic ones
};

struct GallerySizes {
    std::vector<GallerySize> sizes;  ///< ascending
    std::size_t all{};               ///< index in `sizes` of the whole real gallery
    std::vector<SearchOutcome> searches;
    std::vector<double> synthetic_alone;  ///< by search: highest score among as many synthetic faces as there
                                          ///< are real ones; empty without synthetic ones
};

struct SizeOptions {
    std::uint64_t synthetic_up_to{1'000'000};  ///< 0: real faces only
    std::uint64_t seed{1};
    std::function<void(std::size_t done, std::size_t all)> progress;
};

/// Searches every picture of `probes`; one without a face finds nobody, not even the own person (whose rank
/// is then the highest number). Sizes: 100, 1,000, … of the gallery's faces in random order, all of them, and
/// where there are enough to imitate (SyntheticGallery) 10,000, … up to `synthetic_up_to`. The searched
/// person's own photographs, pairs `confirmed` as one person and the searched photograph itself are no
/// strangers.
[[nodiscard]] GallerySizes search_sizes(const DataSet& probes, const DataSet& gallery,
                                        const SamePerson& confirmed, const PackComparer& comparer,
                                        const SizeOptions& options);

/// The same of a system that lists only what reaches `threshold`: one size, the whole gallery; ranks say
/// nothing; lower scores are −infinity. Errors: those of the comparer.
[[nodiscard]] Result<GallerySizes> search_listed(const DataSet& probes, const DataSet& gallery,
                                                 const SamePerson& confirmed, Comparer& comparer,
                                                 double threshold);

}  // namespace visavis::audit
