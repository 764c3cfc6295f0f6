#include "audit/published.h"

namespace visavis::audit {

Table published_false_matches() {
    return {
        .title = "Published tests of the same design, at Rekognition's default cut of 80",
        .columns = {"Test", "Falsely matched", "Probes", "Gallery"},
        .rows = {
            {"ACLU, July 2018", "28 of 535 (5.2 %)", "members of the 115th US Congress",
             "25,000 arrest photographs"},
            {"Comparitech, May 2020", "32 of 530 (6.0 %)", "US legislators", "25,000 arrest photographs"},
            {"Comparitech, May 2020", "73 of 1,429 (5.1 %)", "UK politicians", "25,000 arrest photographs"}}};
}

Table published_gender_errors() {
    using Rows = std::vector<std::vector<Cell>>;
    return {.title = "Published: share of faces whose gender was wrong",
            .columns = {"Source", "System", "All", "Worst group", "Best group"},
            .rows = Rows{
                {"Gender Shades, 2018", "IBM", "–", "darker women: 34.7 %", "lighter men: 0.3 %"},
                {"Gender Shades, 2018", "Face++", "–", "darker women: 34.5 %", "lighter men: 0.8 %"},
                {"Gender Shades, 2018", "Microsoft", "–", "darker women: 20.8 %", "lighter men: 0"},
                {"Actionable Auditing, 2019", "Amazon", "8.66 %", "darker women: 31.37 %", "lighter men: 0"},
                {"Actionable Auditing, 2019", "Kairos", "6.60 %", "darker women: 22.50 %", "–"}}};
}

}  // namespace visavis::audit
