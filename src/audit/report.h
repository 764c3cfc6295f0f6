// An audit's report: what is said, in which order, with which tables and charts. One value, written as
// report.json (for machines; schema in docs/formats/report.md) and as report.html (for people: one file,
// offline, printable).
//
// Every number about accuracy in it is a Rate, a Difference of two, or a point of a Det, and all carry the
// data they were measured on.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <boost/json.hpp>

#include "audit/difference.h"
#include "audit/rate.h"

namespace visavis::audit {

using Cell = std::variant<std::string, Rate, Difference>;

/// What it means when a column's rate is higher: `audit compare` says what is better and what is worse.
enum class Higher { kSaysNothing, kIsWorse, kIsBetter };

struct Table {
    std::string id{};  ///< stable within its section, whatever was counted; empty: not to be compared
    std::string title;
    std::vector<std::string> columns;
    std::vector<std::vector<Cell>> rows;
    std::vector<Higher> higher{};  ///< by column; empty: says nothing
};

/// Rates with their intervals as bars on a logarithmic axis, in the order given.
struct BarChart {
    std::string title;
    std::string axis;  ///< what the rate is
    std::vector<std::pair<std::string, Rate>> bars;
};

/// One detection error trade-off curve: false non-match rate against false match rate.
struct Det {
    std::string name;
    std::uint64_t mated{};
    std::uint64_t non_mated{};
    std::vector<std::pair<double, double>> points;  ///< FMR ascending, FNMR
    std::shared_ptr<const Composition> data;
};

struct DetChart {
    std::string title;
    std::vector<Det> curves;
};

/// Rates along a logarithmic axis of sizes or ranks.
struct LinePoint {
    double x{};
    Rate rate;
    bool synthetic{};  ///< drawn hollow: not all of it was measured on real faces
};
struct LineChart {
    std::string title;
    std::string x_axis;
    std::string y_axis;
    bool log_rate{true};  ///< else from the lowest rate's tenth up to 100 %
    std::vector<std::pair<std::string, std::vector<LinePoint>>> lines;
};

/// Two faces side by side, for a person to judge; as `data:` URIs, so only in reports that were asked for
/// them.
struct FacePair {
    std::string left;
    std::string right;
    std::string left_name;
    std::string right_name;
    std::string caption;
};

/// How often answers were right against how sure they were said to be: a point lies on the line of equal
/// shares where Confidence is what it says.
struct CalibrationChart {
    std::string title;
    std::vector<std::pair<double, Rate>> points;  ///< mean of what was said, 0.5…1; share that was right
};

/// How far groups lie apart.
struct Differential {
    std::string what;       ///< the rate
    std::string threshold;  ///< at which
    std::string worst;      ///< group
    std::string best;
    double ratio{};  ///< of their rates, with its 95 % interval: bootstrap over people, the two groups held
    double low{};
    double high{};                 ///< infinity: no bound
    double over_geometric_mean{};  ///< the worst's rate over the groups' mean (NIST IR 8429)
    std::size_t groups{};          ///< compared
};

struct Section {
    std::string id;  ///< stable, lower case
    std::string title;
    std::vector<std::string> sentences{};
    std::vector<Differential> differentials{};  ///< each stands in a sentence, too
    std::vector<BarChart> bars{};
    std::vector<DetChart> dets{};
    std::vector<Table> tables{};
    std::vector<LineChart> lines{};
    std::vector<FacePair> pairs{};
    std::vector<CalibrationChart> calibrations{};
    std::vector<std::pair<std::string, std::string>> links{};  ///< text, relative address
};

/// What was measured: a local pack, or somebody's endpoint.
struct System {
    std::string name;         ///< `default 1.0`, or the endpoint's URL
    std::string hash;         ///< of the pack; empty for an endpoint
    std::string curve;        ///< SHA-256 of the calibration file; empty for an endpoint
    std::string description;  ///< networks and licences, one line each
};

/// What a person said of pairs, given with --verdicts.
struct GivenVerdicts {
    std::string hash;  ///< SHA-256 over the lines `probe,gallery,same|different`, sorted
    std::size_t same{};
    std::size_t different{};
};

struct Report {
    std::string audit;  ///< e.g. `false-matches`
    std::string title;
    std::string command;  ///< that makes the report again
    System system;
    std::uint64_t seed{};
    std::size_t resamples{};
    std::vector<std::shared_ptr<const Composition>> data;
    std::vector<Section> sections;
    std::vector<std::string> methods;
    std::vector<std::string> limits;
    std::optional<GivenVerdicts> verdicts{};
};

/// Schema 1. The same report gives the same bytes.
[[nodiscard]] std::string to_json(const Report& report);

/// One HTML file without scripts and without anything from elsewhere. The same report gives the same bytes.
[[nodiscard]] std::string to_html(const Report& report);

/// A table as reports show it, for pages in page_style(). Without a title it has no caption.
[[nodiscard]] std::string to_html(const Table& table);

/// The style sheet of reports: for screens, phones and paper.
[[nodiscard]] std::string_view page_style() noexcept;

/// A text with `&`, `<`, `>` and quotes made harmless.
[[nodiscard]] std::string escaped(std::string_view text);

/// An inline SVG with title and description for those who do not see it; its table stands beside it.
[[nodiscard]] std::string svg(const BarChart& chart);
[[nodiscard]] std::string svg(const DetChart& chart);
[[nodiscard]] std::string svg(const LineChart& chart);
[[nodiscard]] std::string svg(const CalibrationChart& chart);

}  // namespace visavis::audit
