// Two reports of the same audit side by side: versions of a pack, or two systems.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "audit/report.h"
#include "base/error.h"

namespace visavis::audit {

/// A rate of a report, and where it stands there.
struct PlacedRate {
    std::string place;  ///< section, table and row by their stable names, and the column
    std::string words;  ///< the same for people
    Higher higher{};
    Rate rate;
};

/// What a report.json says that can be compared.
struct ReadReport {
    std::string audit;
    std::string title;
    System system;
    std::vector<std::shared_ptr<const Composition>> data;
    std::vector<PlacedRate> rates;
    std::string version;  ///< of the program that wrote it
    Section front;        ///< sentences and first table of its first section
};

/// Reads report.json, schema 1. kInvalidParameter, naming `name`, if it is none, or if a rate names a data
/// set that the report does not describe.
[[nodiscard]] Result<ReadReport> read_report(std::string_view json, const std::string& name);

struct Comparison {
    Report report;
    std::size_t better{};  ///< rates that B has better, beyond doubt at 95 %
    std::size_t worse{};
    std::size_t equal{};  ///< no difference can be told
};

/// B against A. kInvalidParameter if they are different audits, have no rate in common, or rest on different
/// data sets (by hash) and `other_data` does not allow it.
[[nodiscard]] Result<Comparison> compare_reports(const ReadReport& a, const ReadReport& b, bool other_data);

}  // namespace visavis::audit
