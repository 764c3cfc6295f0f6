// Smile, MouthOpen and EyesOpen, and whether Confidence is what it says.
#include <array>

#include <fmt/format.h>

#include "audit/attribute_sections.h"

namespace visavis::audit {
namespace {

struct State {
    const char* name;
    std::optional<bool> AttributeLabels::* label;
    std::optional<face::Judgement> face::Attributes::* said;
};

constexpr std::array<State, 3> kStates = {
    {{"Smile", &AttributeLabels::smile, &face::Attributes::smile},
     {"MouthOpen", &AttributeLabels::mouth_open, &face::Attributes::mouth_open},
     {"EyesOpen", &AttributeLabels::eyes_open, &face::Attributes::eyes_open}}};

struct Tally {
    Count right;
    std::array<Count, 2> precision;  // [said]: how often that was the label
    std::array<Count, 2> recall;     // [label]: how often that was said
    Calibration calibration;
};

Tally count(const Described& of, const State& state) {
    Tally tally;
    for (std::size_t i = 0; i < of.answers.size(); ++i) {
        const std::optional<bool> truth = of.labels[i].*state.label;
        if (!of.answers[i] || !truth) continue;
        const auto& said = of.answers[i]->said.*state.said;
        if (!said) continue;
        const bool right = said->value == *truth;
        tally.right.add(right);
        tally.precision.at(said->value ? 1 : 0).add(right);
        tally.recall.at(*truth ? 1 : 0).add(right);
        tally.calibration.add(said->confidence, right);
    }
    return tally;
}

}  // namespace

Section states_section(const Described& of) {
    Section section{.id = "states", .title = "Smile, mouth and eyes"};
    Table table{.id = "states",
                .title =
                    "Precision: of the answers, those that the label confirms. Recall: of the labels, "
                    "those that were said",
                .columns = {"Attribute", "Right", "True: precision", "True: recall", "False: precision",
                            "False: recall"},
                .rows = {},
                .higher = {Higher::kSaysNothing, Higher::kIsBetter, Higher::kIsBetter, Higher::kIsBetter,
                           Higher::kIsBetter, Higher::kIsBetter}};
    for (const State& state : kStates) {
        const Tally tally = count(of, state);
        if (tally.right.trials == 0) continue;
        section.sentences.push_back(
            fmt::format("{} was right for {}.", state.name, tally.right.rate(of.set).sentence()));
        table.rows.push_back({state.name, tally.right.rate(of.set), tally.precision[1].rate(of.set),
                              tally.recall[1].rate(of.set), tally.precision[0].rate(of.set),
                              tally.recall[0].rate(of.set)});
    }
    section.tables.push_back(std::move(table));
    return section;
}

Section calibration_section(const Described& of) {
    Section section{
        .id = "calibration",
        .title = "Is Confidence what it says?",
        .sentences = {
            "Of the answers said with a Confidence between 90 and 95, 90 to 95 % should be right: points "
            "below the line boast, points above it are too modest."}};
    Calibration gender;
    for (std::size_t i = 0; i < of.answers.size(); ++i) {
        const AttributeLabels& truth = of.labels[i];
        if (!of.answers[i] || !of.answers[i]->said.gender || !truth.female ||
            truth.age.value_or(kAdult) < kAdult)
            continue;
        const face::Gender& said = *of.answers[i]->said.gender;
        gender.add(said.confidence, said.female == *truth.female);
    }
    const auto add = [&](const std::string& name, const Calibration& calibration) {
        if (calibration.empty()) return;
        section.calibrations.push_back(calibration.chart(name, of.set));
        section.tables.push_back(calibration.table(name, of.set));
    };
    add("Gender of adults", gender);
    for (const State& state : kStates) add(state.name, count(of, state).calibration);
    return section;
}

}  // namespace visavis::audit
