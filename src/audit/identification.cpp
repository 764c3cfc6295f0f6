#include "audit/identification.h"

#include <fmt/format.h>

#include "audit/identification_sections.h"

namespace visavis::audit {
namespace {

Result<void> check_faces(const DataSet& probes, const DataSet& gallery) {
    for (const auto& [set, what] : {std::pair(&probes, "the probes"), std::pair(&gallery, "the gallery")})
        if (all_faces(*set).empty())
            return fail(ErrorCode::kInvalidParameter, fmt::format("no face was found in {}", what));
    return {};
}

constexpr const char* kOwnPhotographs =
    "FPIR: the person's own photographs are left out of the gallery, so every search is one of a "
    "stranger too. FNIR: searches of people with another photograph in the gallery.";
constexpr const char* kIntervals =
    "Intervals: Wilson's over people with one search each, else bootstrap over people; with no event, "
    "three over the number of people.";
constexpr const char* kUnnamedGallery =
    "A gallery without names may hold the searched people themselves: `visavis audit "
    "false-matches` lists such pairs for a person to look at; they are left out only once confirmed "
    "(--verdicts).";
constexpr const char* kFewEventsSay = "Few events make wide intervals: read the interval, not the rate.";

}  // namespace

Result<Identification> identification(const DataSet& probes, const DataSet& gallery,
                                      const SamePerson& confirmed, Comparer& comparer, const Method& method) {
    if (const auto there = check_faces(probes, gallery); !there) return std::unexpected(there.error());
    auto listed = search_listed(probes, gallery, confirmed, comparer, method.thresholds.front());
    if (!listed) return std::unexpected(listed.error());
    const SearchTrials trials{.probes = probes,
                              .comparer = comparer,
                              .sizes = std::move(*listed),
                              .weights = resamples(probes.people.size(), method.resamples, method.seed),
                              .thresholds = method.thresholds};
    return Identification{
        .sections = {overall_section(trials), group_section(trials)},
        .methods =
            {"Every picture of the probes is searched in a collection of the gallery's faces, and what "
             "is listed at the lowest threshold is counted. A picture without a face finds nobody and "
             "counts as a miss.",
             kOwnPhotographs, kIntervals},
        .limits = {
            "The system lists only what reaches the threshold: nothing is said of ranks below it, nor of "
            "galleries of another size.",
            kUnnamedGallery, kFewEventsSay}};
}

Result<Identification> identification(const DataSet& probes, const DataSet& gallery,
                                      const SamePerson& confirmed, const PackComparer& comparer,
                                      const Method& method, const IdentificationOptions& options) {
    if (const auto there = check_faces(probes, gallery); !there) return std::unexpected(there.error());
    const SearchTrials trials{
        .probes = probes,
        .comparer = comparer,
        .sizes = search_sizes(
            probes, gallery, confirmed, comparer,
            {.synthetic_up_to = options.synthetic_up_to, .seed = method.seed, .progress = options.progress}),
        .weights = resamples(probes.people.size(), method.resamples, method.seed),
        .thresholds = method.thresholds};
    Identification result;
    result.sections.push_back(overall_section(trials));
    result.sections.push_back(group_section(trials));
    if (trials.any_enrolled()) result.sections.push_back(rank_section(trials));
    result.sections.push_back(size_section(trials));
    result.sections.push_back(bound_section(trials, options.bounds));
    result.methods = {
        // NOLINTNEXTLINE(bugprone-suspicious-missing-comma): one sentence on two lines
        "Every picture of the probes is searched in every face of the gallery: largest face, the pack's "
        "normalised score, exact. A picture without a face finds nobody and counts as a miss.",
        kOwnPhotographs,
        "Smaller galleries are the first faces of one random order. Promised: 1 − (1 − FMR)^N.", kIntervals,
        "Synthetic faces: a real face drawn at random and moved half of the way (in variance) along a "
        "Gaussian of the gallery's covariance; their scores are normalised like any other's."};
    result.limits = {
        kUnnamedGallery,
        "Synthetic faces are look-alikes of real ones: they show how scores add up in a large gallery, not "
        "what other people would look like.",
        kFewEventsSay};
    return result;
}

}  // namespace visavis::audit
