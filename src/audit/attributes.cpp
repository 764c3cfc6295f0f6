#include "audit/attributes.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <map>
#include <mutex>
#include <span>
#include <thread>

#include <fmt/format.h>

#include "base/file.h"
#include "base/limits.h"
#include "image/picture.h"

namespace visavis::audit {
namespace {

constexpr double kAdult = 20;  // years: below, appearance says little of gender

struct Truth {
    std::string group;  // the labels other than age
    bool female{};
    std::string band;
    double centre{};  // years
};

std::vector<std::string> parts(const std::string& group) {
    std::vector<std::string> found;
    std::size_t start = 0;
    for (std::size_t end = group.find(" / "); end != std::string::npos; end = group.find(" / ", start)) {
        found.push_back(group.substr(start, end - start));
        start = end + 3;
    }
    found.push_back(group.substr(start));
    return found;
}

/// Middle of a band: `20-29` is 25 (whole years from 20 to the 30th birthday); the last is open and taken
/// as 75.
std::optional<double> centre_of(const std::string& band) {
    if (band.starts_with("more than")) return 75;
    int low = 0;
    int high = 0;
    if (std::sscanf(band.c_str(), "%d-%d", &low, &high) != 2) return std::nullopt;  // NOLINT(cert-err34-c)
    return (low + high + 1) / 2.0;
}

Result<std::vector<Truth>> truths(const DataSet& set) {
    const auto column = [&](std::string_view name) {
        return static_cast<std::size_t>(std::ranges::find(set.label_columns, name) -
                                        set.label_columns.begin());
    };
    const std::size_t gender = column("gender");
    const std::size_t age = column("age");
    if (gender == set.label_columns.size() || age == set.label_columns.size())
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("data set `{}`: the labels need columns `gender` and `age`", set.name));
    std::vector<Truth> found;
    for (const std::string& group : set.groups) {
        const auto values = parts(group);
        Truth truth;
        if (values.size() == set.label_columns.size()) {
            truth.female = values[gender].starts_with('F') || values[gender].starts_with('f');
            truth.band = values[age];
            for (std::size_t i = 0; i < values.size(); ++i)
                if (i != age) truth.group += (truth.group.empty() ? "" : " / ") + values[i];
        }
        const auto centre = centre_of(truth.band);
        if (!centre)
            return fail(
                ErrorCode::kInvalidParameter,
                fmt::format("data set `{}`: `{}` names no age band such as `20-29`", set.name, group));
        truth.centre = *centre;
        found.push_back(std::move(truth));
    }
    return found;
}

struct Count {
    std::uint64_t events{};
    std::uint64_t trials{};
    void add(bool event) {
        ++trials;
        events += event ? 1U : 0U;
    }
};

using Counts = std::map<std::string, Count>;

/// Rows worst first; groups with too few pictures last.
std::vector<std::pair<std::string, Rate>> worst_first(const Counts& counts, const DataSet& set) {
    std::vector<std::pair<std::string, Rate>> rows;
    rows.reserve(counts.size());
    for (const auto& [name, count] : counts)
        rows.emplace_back(name, Rate::of_trials(count.events, count.trials, set.composition));
    std::ranges::stable_sort(rows, std::greater<>{},
                             [](const auto& row) { return row.second.value().value_or(-1); });
    return rows;
}

Table table_of(std::string title, std::string what, const std::vector<std::pair<std::string, Rate>>& rows,
               std::string first_column) {
    Table table{.title = std::move(title), .columns = {std::move(first_column), std::move(what)}, .rows = {}};
    for (const auto& [name, rate] : rows) table.rows.push_back({name, rate});
    return table;
}

struct AgeError {
    double sum{};
    std::uint64_t faces{};
    Count covered;
};

/// Everything counted in one pass.
struct Tally {
    Counts wrong_by_group;  // adults
    Counts wrong_by_age;
    Counts right_by_confidence;                               // adults
    Count wrong;                                              // adults
    std::array<std::array<std::uint64_t, 2>, 2> confusion{};  // [truth female][said female], adults
    std::map<std::string, AgeError> age;
    AgeError all_ages;
};

std::string confidence_bin(float confidence) {
    for (const auto& [from, to] : {std::pair(99, 100), std::pair(95, 99), std::pair(90, 95),
                                   std::pair(80, 90), std::pair(70, 80), std::pair(60, 70)})
        if (confidence >= static_cast<float>(from)) return fmt::format("{} to {}", from, to);
    return "50 to 60";
}

Tally count(const DataSet& set, const AttributeAnswers& answers, const std::vector<Truth>& truth_of_group) {
    Tally tally;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        if (!answers[i]) continue;
        const AttributeAnswer& said = *answers[i];
        const Truth& truth = truth_of_group[set.pictures[i].group];
        const bool wrong = said.female != truth.female;
        tally.wrong_by_age[truth.band].add(wrong);
        if (truth.centre >= kAdult) {
            tally.wrong.add(wrong);
            tally.wrong_by_group[truth.group].add(wrong);
            tally.right_by_confidence[confidence_bin(said.confidence)].add(!wrong);
            ++tally.confusion[truth.female ? 1 : 0][said.female ? 1 : 0];
        }
        for (AgeError* error : {&tally.age[truth.band], &tally.all_ages}) {
            error->sum += std::abs((said.youngest + said.oldest) / 2.0 - truth.centre);
            ++error->faces;
            error->covered.add(said.youngest <= truth.centre && truth.centre <= said.oldest);
        }
    }
    return tally;
}

Section gender_section(const DataSet& set, const Tally& tally) {
    const auto groups = worst_first(tally.wrong_by_group, set);
    Section section{.id = "gender", .title = "Gender of adults (20 and older): worst group first"};
    section.sentences.push_back(fmt::format(
        "Of the adults in whose picture a face was found, the label's gender was not what was said for {}.",
        Rate::of_trials(tally.wrong.events, tally.wrong.trials, set.composition).sentence()));
    if (!groups.empty())
        section.sentences.push_back(
            fmt::format("Worst group: {}, {}.", groups.front().first, groups.front().second.sentence()));
    section.sentences.emplace_back(
        "Published for other sets, which this one does not resemble enough to rank by: Gender Shades (2018; "
        "1,270 "
        "parliamentarians) found errors for darker women of 34.7 % (IBM), 34.5 % (Face++) and 20.8 % "
        "(Microsoft), "
        "Actionable Auditing (2019) of 31.4 % (Amazon), and 0 to 0.8 % for lighter men.");
    section.bars.push_back(
        {.title = "Gender errors by group", .axis = "share of adults judged wrongly", .bars = groups});
    section.tables.push_back(table_of("By group", "Judged wrongly", groups, "Group"));
    section.tables.push_back(
        table_of("By age band, everybody", "Judged wrongly", worst_first(tally.wrong_by_age, set), "Age"));
    Table confusion{.title = "Label against answer, adults",
                    .columns = {"Label", "Said Female", "Said Male"},
                    .rows = {}};
    for (const int female : {1, 0}) {
        const auto& row = tally.confusion[static_cast<std::size_t>(female)];
        const std::uint64_t all = row[0] + row[1];
        confusion.rows.push_back({female == 1 ? "Female" : "Male",
                                  Rate::of_trials(row[1], all, set.composition),
                                  Rate::of_trials(row[0], all, set.composition)});
    }
    section.tables.push_back(std::move(confusion));
    return section;
}

Section calibration_section(const DataSet& set, const Tally& tally) {
    Section section{
        .id = "calibration",
        .title = "Is Confidence what it says?",
        .sentences = {
            "Of the answers said with a Confidence between 90 and 95, 90 to 95 % should be right; a "
            "lower share means that the answer boasts."}};
    Table table{.title = "Gender of adults", .columns = {"Confidence", "Right"}, .rows = {}};
    for (auto bin = tally.right_by_confidence.rbegin(); bin != tally.right_by_confidence.rend(); ++bin)
        table.rows.push_back(
            {bin->first, Rate::of_trials(bin->second.events, bin->second.trials, set.composition)});
    section.tables.push_back(std::move(table));
    return section;
}

Section age_section(const DataSet& set, const Tally& tally) {
    const auto covered = [&](const AgeError& error) {
        return Rate::of_trials(error.covered.events, error.covered.trials, set.composition);
    };
    const auto mean = [](const AgeError& error) {
        if (error.faces < kFewestTrials) return fmt::format("too few to say ({})", error.faces);
        return fmt::format("{:.1f} years ({} faces)", error.sum / static_cast<double>(error.faces),
                           error.faces);
    };
    Section section{
        .id = "age",
        .title = "Age",
        .sentences = {fmt::format("The middle of AgeRange lies {} from the middle of the label's band on "
                                  "average; the range holds that middle for {}.",
                                  mean(tally.all_ages), covered(tally.all_ages).sentence())}};
    Table table{.title = "By age band",
                .columns = {"Age", "Mean absolute error", "Range holds the band's middle"},
                .rows = {}};
    std::vector<std::pair<std::string, const AgeError*>> rows;
    for (const auto& [band, error] : tally.age) rows.emplace_back(band, &error);
    std::ranges::stable_sort(rows, std::greater<>{}, [](const auto& row) {
        return row.second->sum / static_cast<double>(row.second->faces);
    });
    for (const auto& [band, error] : rows) table.rows.push_back({band, mean(*error), covered(*error)});
    section.tables.push_back(std::move(table));
    return section;
}

/// The answer for one picture, which is read again: the template cache keeps no pixels.
Result<std::optional<AttributeAnswer>> describe_one(const LabelledPicture& labelled,
                                                    const face::Pipeline& pipeline) {
    if (labelled.face == nullptr) return std::nullopt;
    const auto bytes = read_file(labelled.path, limits::kStoredImageBytes);
    if (!bytes) return std::unexpected(bytes.error());
    const auto picture = image::decode(*bytes, {});
    if (!picture) return std::unexpected(picture.error());
    const auto described =
        pipeline.describe(*picture, std::span(&labelled.face->face, 1), {.age = true, .gender = true});
    if (!described) return std::unexpected(described.error());
    const face::Attributes& said = described->front();
    if (!said.gender || !said.age)
        return fail(ErrorCode::kInvalidParameter, "the model pack has no network with the role `attributes`");
    return AttributeAnswer{.female = said.gender->female,
                           .confidence = said.gender->confidence,
                           .youngest = said.age->low,
                           .oldest = said.age->high};
}

}  // namespace

Result<AttributeAnswers> describe_set(const DataSet& set, const face::Pipeline& pipeline, int threads,
                                      const Progress& progress) {
    AttributeAnswers answers(set.pictures.size());
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::size_t done = 0;              // guarded by mutex
    std::optional<Error> first_error;  // guarded by mutex
    {
        std::vector<std::jthread> workers;
        for (int i = 0; i < std::max(threads, 1); ++i)
            workers.emplace_back([&] {
                for (std::size_t at = next++; at < answers.size(); at = next++) {
                    auto answer = describe_one(set.pictures[at], pipeline);
                    const std::scoped_lock lock(mutex);
                    if (first_error) return;
                    if (!answer) {
                        first_error = answer.error();
                        return;
                    }
                    answers[at] = *answer;
                    if (progress) progress(++done, answers.size());
                }
            });
    }
    if (first_error) return std::unexpected(*first_error);
    return answers;
}

Result<std::vector<Section>> attributes(const DataSet& set, const AttributeAnswers& answers) {
    const auto truth_of_group = truths(set);
    if (!truth_of_group) return std::unexpected(truth_of_group.error());
    const Tally tally = count(set, answers, *truth_of_group);
    return std::vector<Section>{gender_section(set, tally), calibration_section(set, tally),
                                age_section(set, tally)};
}

}  // namespace visavis::audit
