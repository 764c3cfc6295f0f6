#include "audit_profiles.h"

#include "audit/published.h"

namespace visavis::app {
namespace {

constexpr double kOneIn1000 = 42.86;   // Similarity that stands for a false match rate of 1 in 1,000
constexpr double kOneIn10000 = 57.14;  // 1 in 10,000

struct LabelledSet {
    std::string id;
    std::string title;
    std::string people;
    std::string photos;
    std::vector<std::string> group_by;
    std::string labels;
    bool central{};
};

const LabelledSet kCongress{.id = "congress",
                            .title = "US Congress",
                            .people = "congress/people.csv",
                            .photos = "congress/photos.csv",
                            .group_by = {"ethnicity", "gender"},
                            .labels = "ethnicity: CivilServiceUSA; gender: official",
                            .central = false};
const LabelledSet kLfw{.id = "lfw",
                       .title = "Labeled Faces in the Wild",
                       .people = "lfw/people.csv",
                       .photos = "lfw/images",
                       .group_by = {"gender"},
                       .labels = "annotators",
                       .central = true};
const LabelledSet kLegislators{.id = "legislators",
                               .title = "legislators of four countries",
                               .people = "legislators/people.csv",
                               .photos = "",
                               .group_by = {"country"},
                               .labels = "the parliament a person sits in",
                               .central = false};
const LabelledSet kFairFace{.id = "fairface",
                            .title = "FairFace",
                            .people = "fairface/labels.csv",
                            .photos = "",
                            .group_by = {"race", "gender"},
                            .labels = "annotators' perception",
                            .central = false};
const LabelledSet kMugshots{.id = "mugshots",
                            .title = "booking photographs (MEDS-II)",
                            .people = "mugshots/labels.csv",
                            .photos = "",
                            .group_by = {"race", "sex"},
                            .labels = "police records",
                            .central = false};

audit::DataSetSource source_of(const LabelledSet& set, const ProfileData& data) {
    return {.name = set.title,
            .people = data.root + "/" + set.people,
            .photos = set.photos.empty() ? "" : data.root + "/" + set.photos,
            .group_by = set.group_by,
            .labels = set.labels};
}

std::vector<std::string> needs_of(const LabelledSet& set) {
    return set.photos.empty() ? std::vector{set.people} : std::vector{set.people, set.photos};
}

audit::Method at(const ProfileData& data, std::vector<double> thresholds) {
    audit::Method method = data.method;
    method.thresholds = std::move(thresholds);
    return method;
}

Result<FalseMatchesReport> alone(Result<audit::Report> report) {
    if (!report) return std::unexpected(report.error());
    return FalseMatchesReport{.report = std::move(*report), .suspects = {}};
}

ProfileStep verification_of(const LabelledSet& set, const std::vector<double>& thresholds) {
    return {.id = "verification-" + set.id,
            .title = "Verification: " + set.title,
            .needs = needs_of(set),
            .make =
                [set, thresholds](Subject& subject, const ProfileData& data) {
                    return alone(report_verification(subject, source_of(set, data), set.central,
                                                     at(data, thresholds)));
                },
            .central = set.central};
}

ProfileStep quality_of(const LabelledSet& set) {
    return {.id = "quality-" + set.id,
            .title = "Quality filter: " + set.title,
            .needs = needs_of(set),
            .make =
                [set](Subject& subject, const ProfileData& data) {
                    return alone(report_quality(subject, source_of(set, data), set.central, at(data, {})));
                },
            .central = set.central};
}

/// `people` searched among the faces of other sets.
ProfileStep false_matches_of(std::string id, std::string title, const std::string& name,
                             const std::string& probes, const std::string& people,
                             const std::vector<std::string>& gallery,
                             const std::vector<audit::Together>& together = {}) {
    std::vector<std::string> needs = gallery;
    needs.push_back(probes);
    if (!people.empty()) needs.push_back(people);
    return {.id = std::move(id),
            .title = std::move(title),
            .needs = std::move(needs),
            .make = [name, probes, people, gallery, together](Subject& subject, const ProfileData& data) {
                std::vector<std::string> places;
                for (const std::string& place : gallery) places.push_back(data.root + "/" + place);
                return report_false_matches(
                    subject,
                    {.probes = {.name = name,
                                .people = people.empty() ? "" : data.root + "/" + people,
                                .photos = data.root + "/" + probes},
                     .gallery = unlabelled(places),
                     .verdicts = data.verdicts,
                     .together_if_there = together},
                    at(data, {80, 95, 99}));
            }};
}

ProfileStep congress_found() {
    return {.id = "identification-congress",
            .title = "Identification: members of Congress by another photograph",
            .needs = {"congress/people.csv", "congress/photos.csv", "congress/115th", "congress/other"},
            .make = [](Subject& subject, const ProfileData& data) {
                return alone(report_identification(subject,
                                                   {.name = kCongress.title,
                                                    .people = data.root + "/" + kCongress.people,
                                                    .photos = data.root + "/" + kCongress.photos,
                                                    .gallery = {data.root + "/congress/115th"},
                                                    .probes = data.root + "/congress/other",
                                                    .group_by = kCongress.group_by,
                                                    .labels = kCongress.labels,
                                                    .verdicts = data.verdicts,
                                                    .options = {.synthetic_up_to = 0}},
                                                   at(data, {kOneIn10000, 80, 95, 99})));
            }};
}

ProfileStep congress_among_strangers() {
    return {.id = "identification-strangers",
            .title = "Identification: members of Congress among other people, up to a million faces",
            .needs = {"congress/115th", "congress/people.csv", "fairface/images", "legislators/people.csv"},
            .make = [](Subject& subject, const ProfileData& data) {
                return alone(report_identification(
                    subject,
                    {.name = "members of the 115th US Congress",
                     .people = data.root + "/congress/people.csv",
                     .photos = {},
                     .gallery = {data.root + "/fairface/images", data.root + "/legislators/people.csv"},
                     .probes = data.root + "/congress/115th",
                     .group_by = kCongress.group_by,
                     .labels = kCongress.labels,
                     .verdicts = data.verdicts},
                    at(data, {kOneIn10000, 80, 95, 99})));
            }};
}

ProfileStep attributes_of_fairface() {
    return {.id = "attributes-fairface",
            .title = "Gender and age: FairFace",
            .needs = {"fairface/labels.csv"},
            .make = [](Subject& subject, const ProfileData& data) {
                auto made = report_attributes(
                    subject,
                    {.source = {.labels = kFairFace.labels, .root = data.root},
                     .labels = {data.held_out.empty() ? data.root + "/fairface/labels.csv" : data.held_out},
                     .reversed = {}},
                    false);
                if (made && data.held_out.empty())
                    made->limits.insert(
                        made->limits.begin(),
                        "The attribute network of Visavis' default pack was trained on part of these very "
                        "pictures: its figures flatter. --held-out names the others.");
                return alone(std::move(made));
            }};
}

ProfileStep attributes_of_legislators() {
    return {.id = "attributes-legislators",
            .title = "Gender: legislators of four countries, as in Gender Shades",
            .needs = {"legislators/people.csv"},
            .make = [](Subject& subject, const ProfileData& data) {
                return alone(report_attributes(subject,
                                               {.source = {.group_by = {"country", "gender"},
                                                           .labels = "gender: where the parliament states it",
                                                           .root = data.root},
                                                .labels = {data.root + "/legislators/people.csv"},
                                                .reversed = {}},
                                               false));
            }};
}

Profile gender_shades() {
    return {
        .name = "gender-shades",
        .title = "Gender Shades: how often gender is wrong, and for whom",
        .about =
            "Buolamwini and Gebru (2018) counted the errors of gender classification on 1,270 portraits of "
            "parliamentarians by gender and skin type; Raji and Buolamwini (2019) did it again. Here the "
            "groups are FairFace's races and genders, as its annotators perceived them, and the genders of "
            "legislators of four countries.",
        .published = audit::published_gender_errors(),
        .steps = {attributes_of_fairface(), attributes_of_legislators()}};
}

Profile aclu() {
    return {
        .name = "aclu",
        .title = "The ACLU's and Comparitech's test: who is taken for somebody else",
        .about =
            "The ACLU (2018) searched the portraits of all members of the US Congress among 25,000 arrest "
            "photographs; Comparitech (2020) did the same with US and UK politicians. Here the gallery "
            "is what other faces there are; its size and make-up stand in each report.",
        .published = audit::published_false_matches(),
        .steps = {
            false_matches_of(
                "false-matches-congress", "US Congress among everybody else",
                "members of the 115th US Congress", "congress/115th", "congress/people.csv",
                {"fairface/images", "lfw/images", "legislators/people.csv", "mugshots/labels.csv"},
                {{.name = "people of color",
                  .labels = {"african", "asian", "hispanic", "native", "pacific-islander"}}}),
            false_matches_of("false-matches-uk", "UK parliament among everybody else",
                             "members of the UK's parliament", "legislators/uk", "",
                             {"fairface/images", "lfw/images", "congress/115th", "mugshots/labels.csv"}),
            congress_among_strangers()}};
}

Profile nist_800_63() {
    return {
        .name = "nist-800-63",
        .title = "NIST SP 800-63: the rates that identity proofing and authentication ask for",
        .about =
            "Verification at Similarity 57.14, which stands for a false match rate of 1 in 10,000 where "
            "Visavis is measured and for what its maker says elsewhere, and at 80; search at the thresholds "
            "of the table. The bounds below were read in the drafts that NIST keeps "
            "on "
            "GitHub (usnistgov/800-63-4, second public draft of 2024); look them up in the edition that "
            "binds "
            "you. Whether a bound is met is for the reader of the intervals to say: photographs of "
            "politicians "
            "and celebrities are not a system's users, and the drafts ask for tests by others, in conditions "
            "like the system's own.",
        .published = {.title = "Asked for by NIST SP 800-63-4 (second public draft)",
                      .columns = {"What", "Bound", "Where"},
                      .rows = {{"False match rate, one to one, when an identity is proofed",
                                "1 in 10,000 or better (shall)",
                                "63A, requirements for the use of biometrics"},
                               {"False non-match rate, one to one, when an identity is proofed",
                                "1 in 100 or better (shall)", "63A, requirements for the use of biometrics"},
                               {"False positive identifications, one to many, for each demographic group",
                                "1 in 1,000, in a gallery of at least 90 % of the intended size (shall)",
                                "63A, requirements for the use of biometrics"},
                               {"False match rate when somebody signs in", "1 in 10,000 or better (shall)",
                                "63B, use of biometrics"},
                               {"False non-match rate when somebody signs in", "less than 5 % (should)",
                                "63B, use of biometrics"}}},
        .steps = {verification_of(kCongress, {kOneIn10000, 80}), verification_of(kLfw, {kOneIn10000, 80}),
                  verification_of(kMugshots, {kOneIn10000, 80}), congress_found(),
                  congress_among_strangers()}};
}

Profile iso_19795_10() {
    return {
        .name = "iso-19795-10",
        .title = "Performance across demographic groups, the subject of ISO/IEC 19795-10",
        .about =
            "False match rates within and across groups, false non-match rates where people have several "
            "photographs, refusals of the quality filter; differentials as worst over best and worst over "
            "geometric mean, with counts and intervals. ISO/IEC 19795-10:2024 sets requirements for "
            "estimating "
            "and reporting such differences; this report covers the ground that its published scope names "
            "(error rates, failures to enrol, statistical uncertainty, thresholds), and claims no "
            "conformity: "
            "it was not checked against the standard's clauses.",
        .published = {.title = "Published differentials of false match rates",
                      .columns = {"Source", "What", "Differential"},
                      .rows = {{"NIST IR 8280 (2019)", "189 algorithms, groups by country, sex and age",
                                "10 to 100 times between groups; women 2 to 5 times men"},
                               {"irlume (2026)", "FairFace within groups: AuraFace; buffalo_l",
                                "worst over best 10; 4.5"}}},
        .steps = {verification_of(kFairFace, {kOneIn1000, kOneIn10000, 80}),
                  verification_of(kLegislators, {kOneIn1000, kOneIn10000, 80}),
                  verification_of(kLfw, {kOneIn10000, 80}), verification_of(kCongress, {kOneIn10000, 80}),
                  quality_of(kFairFace), congress_found()}};
}

}  // namespace

const std::vector<Profile>& profiles() {
    static const std::vector<Profile> all = {gender_shades(), aclu(), nist_800_63(), iso_19795_10()};
    return all;
}

}  // namespace visavis::app
