#include <cmath>

#include <boost/json.hpp>

#include "audit/report.h"

namespace visavis::audit {
namespace {

namespace json = boost::json;

json::object of(const Composition& data) {
    json::array groups;
    for (const GroupCount& group : data.groups)
        groups.push_back(json::object{{"group", group.group},
                                      {"people", group.people},
                                      {"pictures", group.pictures},
                                      {"no_face", group.no_face},
                                      {"undecoded", group.undecoded}});
    return {{"name", data.name},          {"hash", data.hash},
            {"labels", data.labels},      {"label_columns", json::value_from(data.label_columns)},
            {"people", data.people},      {"pictures", data.pictures},
            {"groups", std::move(groups)}};
}

json::value of(const Cell& cell) {
    if (const auto* text = std::get_if<std::string>(&cell)) return json::string(*text);
    if (const auto* difference = std::get_if<Difference>(&cell)) return difference->json();
    return std::get<Rate>(cell).json();
}

std::string_view name(Higher higher) {
    switch (higher) {
        case Higher::kIsWorse:
            return "worse";
        case Higher::kIsBetter:
            return "better";
        case Higher::kSaysNothing:
            break;
    }
    return "";
}

json::object of(const Table& table) {
    json::array rows;
    for (const auto& cells : table.rows) {
        json::array row;
        for (const Cell& cell : cells) row.push_back(of(cell));
        rows.push_back(std::move(row));
    }
    json::array higher;
    for (const Higher column : table.higher) higher.emplace_back(name(column));
    return {{"id", table.id},
            {"title", table.title},
            {"columns", json::value_from(table.columns)},
            {"higher", std::move(higher)},
            {"rows", std::move(rows)}};
}

json::object of(const DetChart& chart) {
    json::array curves;
    for (const Det& det : chart.curves) {
        json::array points;
        for (const auto& [fmr, fnmr] : det.points) points.push_back(json::array{fmr, fnmr});
        curves.push_back(json::object{{"name", det.name},
                                      {"mated_pairs", det.mated},
                                      {"non_mated_pairs", det.non_mated},
                                      {"data", det.data->hash},
                                      {"fmr_fnmr", std::move(points)}});
    }
    return {{"title", chart.title}, {"curves", std::move(curves)}};
}

json::object of(const LineChart& chart) {
    json::array lines;
    for (const auto& [label, points] : chart.lines) {
        json::array rates;
        for (const LinePoint& point : points)
            rates.push_back(
                json::object{{"x", point.x}, {"rate", point.rate.json()}, {"synthetic", point.synthetic}});
        lines.push_back(json::object{{"label", label}, {"points", std::move(rates)}});
    }
    return {{"title", chart.title},
            {"x_axis", chart.x_axis},
            {"y_axis", chart.y_axis},
            {"lines", std::move(lines)}};
}

json::object of(const Differential& one) {
    return {{"what", one.what},
            {"threshold", one.threshold},
            {"worst", one.worst},
            {"best", one.best},
            {"ratio", one.ratio},
            {"low", one.low},
            {"high", std::isfinite(one.high) ? json::value(one.high) : json::value(nullptr)},
            {"over_geometric_mean", one.over_geometric_mean},
            {"groups", one.groups}};
}

json::object of(const Section& section) {
    json::array differentials;
    for (const Differential& one : section.differentials) differentials.push_back(of(one));
    json::array tables;
    for (const Table& table : section.tables) tables.push_back(of(table));
    json::array dets;
    for (const DetChart& chart : section.dets) dets.push_back(of(chart));
    json::array links;
    for (const auto& [text, address] : section.links) links.push_back(json::array{text, address});
    json::array lines;
    for (const LineChart& chart : section.lines) lines.push_back(of(chart));
    json::array calibrations;
    for (const CalibrationChart& chart : section.calibrations) {
        json::array points;
        for (const auto& [said, right] : chart.points)
            points.push_back(json::object{{"said", said}, {"right", right.json()}});
        calibrations.push_back(json::object{{"title", chart.title}, {"points", std::move(points)}});
    }
    json::array bars;
    for (const BarChart& chart : section.bars) {
        json::array rates;
        for (const auto& [label, rate] : chart.bars)
            rates.push_back(json::object{{"label", label}, {"rate", rate.json()}});
        bars.push_back(
            json::object{{"title", chart.title}, {"axis", chart.axis}, {"rates", std::move(rates)}});
    }
    return {{"id", section.id},
            {"title", section.title},
            {"sentences", json::value_from(section.sentences)},
            {"differentials", std::move(differentials)},
            {"tables", std::move(tables)},
            {"rates", std::move(bars)},
            {"det", std::move(dets)},
            {"lines", std::move(lines)},
            {"calibration", std::move(calibrations)},
            {"links", std::move(links)}};
}

}  // namespace

std::string to_json(const Report& report) {
    json::array data;
    for (const auto& composition : report.data) data.push_back(of(*composition));
    json::array sections;
    for (const Section& section : report.sections) sections.push_back(of(section));
    json::object document{{"format", 1},
                          {"audit", report.audit},
                          {"title", report.title},
                          {"software", json::object{{"name", "visavis"}, {"version", VISAVIS_VERSION}}},
                          {"system", json::object{{"name", report.system.name},
                                                  {"pack_hash", report.system.hash},
                                                  {"curve", report.system.curve},
                                                  {"description", report.system.description}}},
                          {"command", report.command},
                          {"seed", report.seed},
                          {"resamples", report.resamples},
                          {"data_sets", std::move(data)},
                          {"sections", std::move(sections)},
                          {"methods", json::value_from(report.methods)},
                          {"limits", json::value_from(report.limits)}};
    if (report.verdicts)
        document["verdicts"] = json::object{{"sha256", report.verdicts->hash},
                                            {"same", report.verdicts->same},
                                            {"different", report.verdicts->different}};
    return json::serialize(document) + "\n";
}

}  // namespace visavis::audit
