// One-to-many search, measured: who is found, who is missed, who is taken for somebody else, by the gallery's
// size, by rank and by group (ISO/IEC 19795-1: TPIR, FNIR, FPIR).
#pragma once

#include <string>
#include <vector>

#include "audit/comparer.h"
#include "audit/gallery_sizes.h"
#include "audit/report.h"
#include "audit/trials.h"
#include "audit/verdicts.h"

namespace visavis::audit {

struct Identification {
    std::vector<Section> sections;
    std::vector<std::string> methods;
    std::vector<std::string> limits;
};

struct IdentificationOptions {
    std::vector<double> bounds{0.1, 0.01, 0.001};  ///< of FPIR, as a collection's tag `visavis:max-fpir` sets
    std::uint64_t synthetic_up_to{1'000'000};
    std::function<void(std::size_t done, std::size_t all)> progress;
};

/// Every picture of `probes` is searched in all faces of `gallery`. A person with an enrolled photograph is
/// to be found by the others; everybody is a stranger to the faces of everybody else. People are the same
/// whose names are. kInvalidParameter if either set has no face.
[[nodiscard]] Result<Identification> identification(const DataSet& probes, const DataSet& gallery,
                                                    const SamePerson& confirmed, const PackComparer& comparer,
                                                    const Method& method,
                                                    const IdentificationOptions& options);

/// The same of a system that lists only what reaches a threshold (search_listed()): found, missed and taken
/// for others in the whole gallery, without ranks, other sizes or bounds. Errors as above, and the
/// comparer's.
[[nodiscard]] Result<Identification> identification(const DataSet& probes, const DataSet& gallery,
                                                    const SamePerson& confirmed, Comparer& comparer,
                                                    const Method& method);

}  // namespace visavis::audit
