// Two reports of the same audit side by side: versions of a pack, or two systems.
#pragma once

#include <memory>
#include <optional>
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
    std::optional<GivenVerdicts> verdicts;
    Section front;  ///< sentences and first table of its first section
};

/// Reads report.json, schema 1. kInvalidParameter, naming `name`, if it is none, or if a rate names a data
/// set that the report does not describe.
[[nodiscard]] Result<ReadReport> read_report(std::string_view text, const std::string& name);

/// The same of the file at `path`; kNotFound if it cannot be read or is larger than 256 MiB.
[[nodiscard]] Result<ReadReport> read_report_file(const std::string& path);

struct Comparison {
    Report report;
    std::size_t better{};  ///< rates that B has better, beyond doubt at 95 %
    std::size_t worse{};
    std::size_t equal{};   ///< no difference can be told
    std::size_t only_a{};  ///< rates that B does not hold: not compared, and listed in the report
    std::size_t only_b{};  ///< rates that A does not hold
};

/// B against A: rates that stand at the same place in both. What stands in one of them alone (another
/// threshold, a group that the other has not) is counted and listed. kInvalidParameter if they are different
/// audits, have no rate in common, or rest on different data sets (by hash) and `other_data` does not allow
/// it.
[[nodiscard]] Result<Comparison> compare_reports(const ReadReport& a, const ReadReport& b, bool other_data);

}  // namespace visavis::audit
