#include "audit/compare_reports.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/bytes.h"
#include "base/file.h"

namespace visavis::audit {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostBytes = std::size_t{256} << 20;

std::shared_ptr<const Composition> composition_of(const json::object& object) {
    auto data = std::make_shared<Composition>();
    data->name = object.at("name").as_string();
    data->hash = object.at("hash").as_string();
    data->labels = object.at("labels").as_string();
    data->label_columns = json::value_to<std::vector<std::string>>(object.at("label_columns"));
    data->people = object.at("people").to_number<std::uint64_t>();
    data->pictures = object.at("pictures").to_number<std::uint64_t>();
    for (const json::value& group : object.at("groups").as_array())
        data->groups.push_back({.group = std::string(group.at("group").as_string()),
                                .people = group.at("people").to_number<std::uint64_t>(),
                                .pictures = group.at("pictures").to_number<std::uint64_t>(),
                                .no_face = group.at("no_face").to_number<std::uint64_t>(),
                                .undecoded = group.at("undecoded").to_number<std::uint64_t>()});
    return data;
}

IntervalMethod method_of(std::string_view wanted) {
    for (const IntervalMethod method :
         {IntervalMethod::kWilson, IntervalMethod::kClopperPearson, IntervalMethod::kRuleOfThree,
          IntervalMethod::kBootstrap, IntervalMethod::kRuleOfThreePeople})
        if (name(method) == wanted) return method;
    throw std::invalid_argument(fmt::format("unknown interval `{}`", wanted));
}

Rate rate_of(const json::object& object, const std::vector<std::shared_ptr<const Composition>>& sets) {
    const std::string_view hash = object.at("data").as_string();
    const auto data =
        std::ranges::find(sets, hash, [](const auto& set) { return std::string_view(set->hash); });
    if (data == sets.end())
        throw std::invalid_argument(
            fmt::format("a rate rests on data set `{}`, which is not described", hash));
    return Rate::of_pairs(
        object.at("events").to_number<std::uint64_t>(), object.at("trials").to_number<std::uint64_t>(),
        {.low = object.at("low").to_number<double>(), .high = object.at("high").to_number<double>()},
        method_of(object.at("interval").as_string()), *data);
}

Higher higher_of(const json::object& table, std::size_t column) {
    const json::value* higher = table.if_contains("higher");
    if (higher == nullptr || column >= higher->as_array().size()) return Higher::kSaysNothing;
    const std::string_view word = higher->as_array()[column].as_string();
    if (word == "worse") return Higher::kIsWorse;
    return word == "better" ? Higher::kIsBetter : Higher::kSaysNothing;
}

void add_table(ReadReport& report, const json::object& section, const json::object& table) {
    const json::value* id = table.if_contains("id");
    if (id == nullptr || id->as_string().empty()) return;
    const json::array& columns = table.at("columns").as_array();
    for (const json::value& row : table.at("rows").as_array()) {
        const json::array& cells = row.as_array();
        if (cells.empty() || !cells[0].is_string()) continue;
        for (std::size_t i = 1; i < cells.size(); ++i) {
            if (!cells[i].is_object() || higher_of(table, i) == Higher::kSaysNothing) continue;
            // A column's title may count faces; its place does not.
            report.rates.push_back(
                {.place = fmt::format("{}/{}/{}/{}", std::string_view(section.at("id").as_string()),
                                      std::string_view(id->as_string()),
                                      std::string_view(cells[0].as_string()), i),
                 .words = fmt::format("{}: {}, {}", std::string_view(table.at("title").as_string()),
                                      std::string_view(cells[0].as_string()),
                                      std::string_view(columns[i].as_string())),
                 .higher = higher_of(table, i),
                 .rate = rate_of(cells[i].as_object(), report.data)});
        }
    }
}

Section front_of(const json::object& section, const std::vector<std::shared_ptr<const Composition>>& sets) {
    Section front{.id = std::string(section.at("id").as_string()),
                  .title = std::string(section.at("title").as_string()),
                  .sentences = json::value_to<std::vector<std::string>>(section.at("sentences"))};
    const json::array& tables = section.at("tables").as_array();
    if (tables.empty()) return front;
    Table table{.title = std::string(tables[0].at("title").as_string()),
                .columns = json::value_to<std::vector<std::string>>(tables[0].at("columns"))};
    for (const json::value& row : tables[0].at("rows").as_array()) {
        std::vector<Cell> cells;
        for (const json::value& cell : row.as_array())
            cells.push_back(cell.is_string() ? Cell(std::string(cell.as_string()))
                                             : Cell(rate_of(cell.as_object(), sets)));
        table.rows.push_back(std::move(cells));
    }
    front.tables.push_back(std::move(table));
    return front;
}

std::set<std::string> hashes(const ReadReport& report) {
    std::set<std::string> found;
    for (const auto& data : report.data) found.insert(data->hash);
    return found;
}

std::string described(const ReadReport& report) {
    return report.system.hash.empty()
               ? report.system.name
               : fmt::format("{} (pack {}…, curve {}…)", report.system.name, report.system.hash.substr(0, 12),
                             report.system.curve.substr(0, 12));
}

std::string verdicts_of(const ReadReport& report) {
    return report.verdicts ? fmt::format("{} pairs `same` and {} `different` ({}…)", report.verdicts->same,
                                         report.verdicts->different, report.verdicts->hash.substr(0, 12))
                           : "no verdicts";
}

std::string rates(std::size_t count) {
    return fmt::format("{} rate{}", count, count == 1 ? "" : "s");
}

Section not_compared(std::vector<std::vector<Cell>> only_a, std::vector<std::vector<Cell>> only_b) {
    Section section{.id = "not-compared", .title = "What was not compared"};
    if (only_a.empty() && only_b.empty()) {
        section.sentences.emplace_back("Nothing: both reports hold the same rates.");
        return section;
    }
    section.sentences.emplace_back(
        "These rates stand in one report alone, for instance because a threshold or a group is missing in "
        "the "
        "other.");
    std::ranges::move(only_b, std::back_inserter(only_a));
    section.tables.push_back(
        {.title = "Rates of one report alone", .columns = {"What", "A", "B"}, .rows = std::move(only_a)});
    return section;
}

Section section_of(std::string id, std::string title, std::vector<std::vector<Cell>> rows) {
    Section section{.id = std::move(id), .title = std::move(title)};
    if (rows.empty())
        section.sentences.emplace_back("None.");
    else
        section.tables.push_back(
            {.title = "Rates of A and B", .columns = {"What", "A", "B", "B − A"}, .rows = std::move(rows)});
    return section;
}

}  // namespace

Result<ReadReport> read_report(std::string_view text, const std::string& name) {
    try {
        const json::value document = json::parse(text);
        if (document.at("format").to_number<int>() != 1) throw std::invalid_argument("its format is not 1");
        ReadReport report;
        report.audit = document.at("audit").as_string();
        report.title = document.at("title").as_string();
        const json::object& system = document.at("system").as_object();
        report.system = {.name = std::string(system.at("name").as_string()),
                         .hash = std::string(system.at("pack_hash").as_string()),
                         .curve = std::string(system.at("curve").as_string()),
                         .description = std::string(system.at("description").as_string())};
        for (const json::value& set : document.at("data_sets").as_array())
            report.data.push_back(composition_of(set.as_object()));
        report.version = document.at("software").at("version").as_string();
        if (const auto* verdicts = document.as_object().if_contains("verdicts"); verdicts != nullptr)
            report.verdicts = {.hash = std::string(verdicts->at("sha256").as_string()),
                               .same = verdicts->at("same").to_number<std::size_t>(),
                               .different = verdicts->at("different").to_number<std::size_t>()};
        if (const json::array& sections = document.at("sections").as_array(); !sections.empty())
            report.front = front_of(sections.front().as_object(), report.data);
        for (const json::value& section : document.at("sections").as_array())
            for (const json::value& table : section.at("tables").as_array())
                add_table(report, section.as_object(), table.as_object());
        return report;
    } catch (const std::exception& error) {
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("`{}` is not a report of an audit: {}", name, error.what()));
    }
}

Result<ReadReport> read_report_file(const std::string& path) {
    const auto bytes = read_file(path, kMostBytes);
    if (!bytes) return fail(ErrorCode::kNotFound, fmt::format("`{}` cannot be read", path));
    return read_report(as_text(*bytes), path);
}

Result<Comparison> compare_reports(const ReadReport& a, const ReadReport& b, bool other_data) {
    if (a.audit != b.audit)
        return fail(
            ErrorCode::kInvalidParameter,
            fmt::format("A is an audit of `{}`, B of `{}`: they have nothing to compare", a.audit, b.audit));
    const bool same = hashes(a) == hashes(b);
    if (!same && !other_data)
        return fail(
            ErrorCode::kInvalidParameter,
            fmt::format("A was measured on {}, B on {}: not the same pictures and labels, so a difference "
                        "would say nothing of the systems. --different-data compares them all the same",
                        fmt::join(hashes(a), " and "), fmt::join(hashes(b), " and ")));
    std::map<std::string, const PlacedRate*> of_a;
    for (const PlacedRate& rate : a.rates) of_a[rate.place] = &rate;
    Comparison result;
    std::vector<std::vector<Cell>> only_a;
    std::vector<std::vector<Cell>> only_b;
    std::vector<std::vector<Cell>> worse;
    std::vector<std::vector<Cell>> better;
    std::vector<std::vector<Cell>> equal;
    for (const PlacedRate& rate : b.rates) {
        const auto other = of_a.find(rate.place);
        if (other == of_a.end()) {
            only_b.push_back({rate.words, std::string("not in A"), rate.rate});
            continue;
        }
        const Difference difference(other->second->rate, rate.rate);
        std::vector<Cell> row = {rate.words, other->second->rate, rate.rate, difference};
        const int sign = difference.sign() * (rate.higher == Higher::kIsBetter ? 1 : -1);
        (sign > 0 ? better : sign < 0 ? worse : equal).push_back(std::move(row));
    }
    std::set<std::string> of_b;
    for (const PlacedRate& rate : b.rates) of_b.insert(rate.place);
    for (const PlacedRate& rate : a.rates)
        if (!of_b.contains(rate.place)) only_a.push_back({rate.words, rate.rate, std::string("not in B")});
    result.only_a = only_a.size();
    result.only_b = only_b.size();
    result.better = better.size();
    result.worse = worse.size();
    result.equal = equal.size();
    const std::size_t all = result.better + result.worse + result.equal;
    if (all == 0) return fail(ErrorCode::kInvalidParameter, "the two reports have no rate in common");

    Section summary{.id = "summary", .title = "Is B better than A?"};
    summary.sentences.push_back(fmt::format("A: {}. B: {}.", described(a), described(b)));
    summary.sentences.push_back(
        fmt::format("Of {} rates that both reports hold, B is worse in {} and better in {}; in {} no "
                    "difference can be told at 95 %.",
                    all, result.worse, result.better, result.equal));
    if (result.only_a + result.only_b > 0)
        summary.sentences.push_back(
            fmt::format("Not compared: {} that only A holds and {} that only B holds, listed below. Of them "
                        "nothing is said.",
                        rates(result.only_a), rates(result.only_b)));
    if (verdicts_of(a) != verdicts_of(b))
        summary.sentences.push_back(
            fmt::format("What a person said of pairs is not the same: A counts with {}, B with {}. A "
                        "difference may be one of the verdicts alone.",
                        verdicts_of(a), verdicts_of(b)));
    if (!same)
        summary.sentences.emplace_back(
            "The two were measured on different pictures or labels: a difference may be one of the data.");
    std::vector<std::shared_ptr<const Composition>> data = a.data;
    for (const auto& set : b.data)
        if (std::ranges::none_of(data, [&](const auto& one) { return one->hash == set->hash; }))
            data.push_back(set);
    result.report = {
        .audit = "compare",
        .title = fmt::format("Two systems side by side: {}", b.title),
        .command = {},
        .system = {.name = fmt::format("A: {}; B: {}", a.system.name, b.system.name),
                   .hash = {},
                   .curve = {},
                   .description = fmt::format("A: {} B: {}", a.system.description, b.system.description)},
        .data = std::move(data),
        .sections = {std::move(summary), section_of("worse", "Where B is worse", std::move(worse)),
                     section_of("better", "Where B is better", std::move(better)),
                     section_of("equal", "Where no difference can be told", std::move(equal)),
                     not_compared(std::move(only_a), std::move(only_b))},
        .methods = {"The difference's interval comes from the two rates' own intervals (Newcombe, "
                    "1998), as if they were independent; on the same photographs they are not, and "
                    "the interval is wider than it need be."},
        .limits = {"Among many comparisons some differ by chance: about 1 in 20 at 95 %, less here "
                   "for the wide intervals.",
                   "Where no difference can be told there may still be one: see the interval."}};
    return result;
}

}  // namespace visavis::audit
