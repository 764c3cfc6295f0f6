// Landmarks and pose: distances and angles instead of right and wrong.
#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "audit/attribute_sections.h"

namespace visavis::audit {
namespace {

/// Mean, median and 95th percentile, in words; sorts.
std::vector<Cell> row_of(std::string name, std::vector<double> values, const char* form) {
    const std::string faces = std::to_string(values.size());
    if (values.size() < kFewestTrials) return {std::move(name), "too few to say", "–", "–", faces};
    std::ranges::sort(values);
    double sum = 0;
    for (const double value : values) sum += value;
    const auto say = [&](double value) { return fmt::format(fmt::runtime(form), value); };
    return {std::move(name), say(sum / static_cast<double>(values.size())), say(values[values.size() / 2]),
            say(values[values.size() * 95 / 100]), faces};
}

struct Axis {
    const char* name;
    float face::Pose::* angle;
};

constexpr std::array<Axis, 3> kAxes = {
    {{"Roll", &face::Pose::roll}, {"Yaw", &face::Pose::yaw}, {"Pitch", &face::Pose::pitch}}};

}  // namespace

Section landmarks_section(const Described& of) {
    std::vector<double> from_detector;
    std::vector<double> from_mirror;
    for (const auto& answer : of.answers) {
        if (answer && answer->off_detector) from_detector.push_back(100 * *answer->off_detector);
        if (answer && answer->off_mirror) from_mirror.push_back(100 * *answer->off_mirror);
    }
    Section section{
        .id = "landmarks",
        .title = "Landmarks",
        .sentences = {
            "Distances between landmarks that should lie in one place, averaged over a face, as a "
            "share of the distance between its eyes. Neither comparison is with points that a person "
            "has set: the first is with another network, the second with the same one in a mirror."}};
    Table table{.title = "Share of the distance between the eyes",
                .columns = {"Compared", "Mean", "Median", "95 % below", "Faces"},
                .rows = {}};
    table.rows.push_back(row_of("The mesh's eyes, nose and mouth corners with the detector's",
                                std::move(from_detector), "{:.1f} %"));
    table.rows.push_back(row_of("All 30 points with those of the mirrored picture, mirrored back",
                                std::move(from_mirror), "{:.1f} %"));
    section.tables.push_back(std::move(table));
    return section;
}

Section pose_section(const Described& of) {
    Section section{.id = "pose", .title = "Pose"};
    Table table{.title = "Degrees between answer and label",
                .columns = {"Angle", "Mean", "Median", "95 % below", "Faces", "Labels' range"},
                .rows = {}};
    for (const Axis& axis : kAxes) {
        std::vector<double> errors;
        float least = 180;
        float most = -180;
        for (std::size_t i = 0; i < of.answers.size(); ++i) {
            if (!of.answers[i] || !of.answers[i]->said.pose || !of.labels[i].pose) continue;
            const float label = (*of.labels[i].pose).*axis.angle;
            errors.push_back(
                std::abs(std::remainder((*of.answers[i]->said.pose).*axis.angle - label, 360.0F)));
            least = std::min(least, label);
            most = std::max(most, label);
        }
        auto row = row_of(axis.name, std::move(errors), "{:.1f}°");
        row.emplace_back(least > most ? std::string("–") : fmt::format("{:.0f}° to {:.0f}°", least, most));
        if (least == most)
            section.sentences.push_back(fmt::format(
                "All labels of {} are {:.0f}: its row says how far answers scatter, not how true they are.",
                axis.name, least));
        table.rows.push_back(std::move(row));
    }
    section.tables.push_back(std::move(table));
    return section;
}

}  // namespace visavis::audit
