#include <initializer_list>

#include <fmt/format.h>

#include "audit/report.h"

namespace visavis::audit {
namespace {

constexpr const char* kStyle = R"css(
:root{color-scheme:light}
body{font:16px/1.5 system-ui,"Segoe UI",Roboto,"Noto Sans",sans-serif;color:#1a1a1a;background:#fff;margin:0 auto;max-width:52rem;padding:1.5rem 1rem 4rem}
h1{font-size:1.7rem;line-height:1.2;margin:.2rem 0 1rem}
h2{font-size:1.25rem;margin:2.2rem 0 .6rem;border-top:2px solid #1a1a1a;padding-top:.6rem}
h3{font-size:1rem;margin:1.4rem 0 .4rem}
p{margin:.5rem 0}
.lead{font-size:1.1rem}
figure{margin:1rem 0;overflow-x:auto}
svg{width:100%;min-width:34rem;height:auto;font:12px system-ui,"Segoe UI",Roboto,"Noto Sans",sans-serif}
svg .grid{stroke:#c8c8c8;stroke-width:1}
svg .bar{fill:#0072b2}
svg .ideal{stroke:#6a6a6a;stroke-width:1;stroke-dasharray:5 4}
svg .whisker{stroke:#1a1a1a;stroke-width:1.5;fill:none}
.pairs{display:flex;flex-wrap:wrap;gap:1rem}
.pair{margin:0;width:15rem}
.pair img{border:1px solid #d0d0d0}
figcaption{font-size:.88rem;color:#4a4a4a;overflow-wrap:anywhere}
.side{display:grid;grid-template-columns:repeat(auto-fit,minmax(17rem,1fr));gap:0 1.5rem}
.side figure{max-width:24rem}
section{overflow-x:clip}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.88rem;margin:.8rem 0}
caption{text-align:left;font-weight:600;padding:.4rem 0}
th,td{text-align:left;padding:.35rem .6rem .35rem 0;border-bottom:1px solid #d0d0d0;vertical-align:top}
thead th{border-bottom:2px solid #1a1a1a}
th[scope=row]{overflow-wrap:anywhere;min-width:8.5rem}
td{overflow-wrap:anywhere}
td:not(:last-child){min-width:4.6rem}
td small{color:#4a4a4a;display:block}
code{font-size:.85em;overflow-wrap:anywhere}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f2f2f2;padding:.7rem;font-size:.85rem}
.side svg{min-width:0}
dt{font-weight:600;margin-top:.5rem}
dd{margin:0}
@media screen and (max-width:36rem){
.chart::after{content:"Swipe sideways for the rest of the chart.";display:block;font-size:.82rem;color:#4a4a4a}
.wide,.wide tbody,.wide tr,.wide th,.wide td,.wide caption{display:block}
.wide thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.wide tr{border-bottom:1px solid #d0d0d0;padding:.5rem 0}
.wide th,.wide td{border:0;padding:.1rem 0}
.wide td::before{content:attr(data-label);display:block;font-size:.82rem;color:#4a4a4a;margin-top:.2rem}
}
@media print{section{overflow:visible}svg{min-width:0}body{max-width:none;padding:0;font-size:11pt}h2,h3,caption,thead{break-after:avoid}figure,tr{break-inside:avoid}.scroll{overflow:visible}}
)css";

/// Escaped, with no line break between a number and its per cent sign.
std::string unbroken(const std::string& text) {
    std::string out = escaped(text);
    for (std::size_t at = out.find(" %"); at != std::string::npos; at = out.find(" %", at))
        out.replace(at, 1, "&nbsp;");
    return out;
}

std::string cell(const Cell& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return unbroken(*text);
    if (const auto* difference = std::get_if<Difference>(&value)) {
        const std::string sentence = difference->sentence();
        const auto bracket = sentence.find(" (");
        return bracket == std::string::npos
                   ? escaped(sentence)
                   : fmt::format("{}<small>{}</small>", escaped(sentence.substr(0, bracket)),
                                 escaped(sentence.substr(bracket + 1)));
    }
    const Rate& rate = std::get<Rate>(value);
    const std::string sentence = rate.sentence();
    const auto bracket = sentence.find(" (");
    return fmt::format("{}<small>{}{}</small>", unbroken(sentence.substr(0, bracket)),
                       unbroken(sentence.substr(bracket + 1)),
                       !rate.too_few() && rate.events() < kFewEvents ? " few events" : "");
}

/// What the figure above it was measured on: no chart stands without it.
std::string source_of(const Composition& data) {
    return fmt::format("<figcaption>Measured on {}: {} people, {} pictures.</figcaption>", escaped(data.name),
                       with_commas(data.people), with_commas(data.pictures));
}

std::string pair_of(const FacePair& pair) {
    return fmt::format(
        "<figure class=\"pair\"><img src=\"{}\" alt=\"Face in {}\" width=\"112\" height=\"112\"> <img "
        "src=\"{}\" alt=\"Face in {}\" width=\"112\" height=\"112\"><figcaption>{}</figcaption></figure>\n",
        escaped(pair.left), escaped(pair.left_name), escaped(pair.right), escaped(pair.right_name),
        escaped(pair.caption));
}

Table composition_table(const Composition& data) {
    Table table{.title = fmt::format("{}: {} people, {} pictures", data.name, with_commas(data.people),
                                     with_commas(data.pictures)),
                .columns = {"Group", "People", "Pictures", "No face found", "Not decodable"},
                .rows = {}};
    for (const GroupCount& group : data.groups)
        table.rows.push_back({group.group, with_commas(group.people), with_commas(group.pictures),
                              with_commas(group.no_face), with_commas(group.undecoded)});
    return table;
}

std::string paragraphs(const std::vector<std::string>& sentences) {
    std::string out;
    for (const std::string& sentence : sentences) out += fmt::format("<p>{}</p>\n", escaped(sentence));
    return out;
}

std::string links(const std::vector<std::pair<std::string, std::string>>& links) {
    std::string out;
    for (const auto& [text, address] : links)
        out +=
            fmt::format("{}<a href=\"{}\">{}</a>", out.empty() ? "" : " · ", escaped(address), escaped(text));
    return "<p>" + out + "</p>\n";
}

std::string list(const std::vector<std::string>& lines) {
    std::string out = "<ul>\n";
    for (const std::string& line : lines) out += fmt::format("<li>{}</li>\n", escaped(line));
    return out + "</ul>\n";
}

/// Of the terms that tables and charts use.
std::string words() {
    std::string out = "<dl>\n";
    for (const auto& [term, meaning] : std::initializer_list<std::pair<const char*, const char*>>{
             {"Similarity, threshold",
              "0 to 100. A comparison at or above the threshold is called a match. Visavis's Similarity "
              "stands "
              "for a false match rate: 42.86 for 1 in 1,000, 57.14 for 1 in 10,000, 80 for 1 in 400,000. "
              "Another system's means what its maker says."},
             {"FMR, false match rate",
              "the share of pairs of two different people that are called one person"},
             {"FNMR, false non-match rate", "the share of pairs of one person that are called two"},
             {"FPIR, false positive identification rate",
              "the share of searches by somebody who is not in the gallery that return anybody"},
             {"FNIR and TPIR",
              "the shares of searches by somebody who is in the gallery that miss them, and that "
              "find them"},
             {"95 %",
              "the range in which the rate lies with 95 % confidence, given how many people were measured"},
             {"few events, too few to say",
              "below 10 events a rate is uncertain and groups are not compared; below 30 trials none is "
              "given"},
             {"1 in 1,000", "rates below 0.1 % are written so"}})
        out += fmt::format("<dt>{}</dt><dd>{}.</dd>\n", term, meaning);
    return out + "</dl>\n";
}

}  // namespace

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

/// On a phone a row of a wide table becomes a block, each cell under its column's title. The roles keep it a
/// table for those who have it read out.
std::string to_html(const Table& table) {
    const bool wide = table.columns.size() > 2;
    std::string out =
        fmt::format(R"(<div class="scroll" tabindex="0"><table{}>{}<thead><tr role="row">)",
                    wide ? R"( class="wide" role="table")" : "",
                    table.title.empty() ? "" : "<caption>" + escaped(table.title) + "</caption>");
    for (const std::string& column : table.columns)
        out += fmt::format(R"(<th scope="col" role="columnheader">{}</th>)", escaped(column));
    out += "</tr></thead><tbody>\n";
    for (const auto& row : table.rows) {
        out += "<tr role=\"row\">";
        for (std::size_t i = 0; i < row.size(); ++i)
            out += i == 0 ? fmt::format(R"(<th scope="row" role="rowheader">{}</th>)", cell(row[i]))
                   : wide
                       ? fmt::format(R"(<td role="cell" data-label="{}">{}</td>)",
                                     i < table.columns.size() ? escaped(table.columns[i]) : "", cell(row[i]))
                       : fmt::format("<td role=\"cell\">{}</td>", cell(row[i]));
        out += "</tr>\n";
    }
    return out + "</tbody></table></div>\n";
}

std::string_view page_style() noexcept {
    return kStyle;
}

std::string to_html(const Report& report) {
    std::string out = fmt::format(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'unsafe-inline'; "
        "img-src data:\"><title>{0}</title><style>{1}</style></head><body>\n<main>\n<h1>{0}</h1>\n",
        escaped(report.title), kStyle);
    out += fmt::format("<p>System measured: <strong>{}</strong>{}. Made by visavis {}.</p>\n",
                       escaped(report.system.name),
                       report.system.hash.empty() ? "" : " (pack " + report.system.hash.substr(0, 16) + "…)",
                       VISAVIS_VERSION);
    for (const Section& section : report.sections) {
        out += fmt::format("<section id=\"{}\"><h2>{}</h2>\n", escaped(section.id), escaped(section.title));
        out += paragraphs(section.sentences);
        if (!section.links.empty()) out += links(section.links);
        for (const BarChart& chart : section.bars)
            if (!chart.bars.empty())
                out += fmt::format("<figure class=\"chart\" tabindex=\"0\"><h3>{}</h3>{}{}</figure>\n",
                                   escaped(chart.title), svg(chart),
                                   source_of(chart.bars.front().second.data()));
        for (const DetChart& chart : section.dets)
            if (!chart.curves.empty())
                out += fmt::format("<figure class=\"chart\" tabindex=\"0\"><h3>{}</h3>{}{}</figure>\n",
                                   escaped(chart.title), svg(chart), source_of(*chart.curves.front().data));
        for (const LineChart& chart : section.lines)
            if (!chart.lines.empty() && !chart.lines.front().second.empty())
                out += fmt::format("<figure class=\"chart\" tabindex=\"0\"><h3>{}</h3>{}{}</figure>\n",
                                   escaped(chart.title), svg(chart),
                                   source_of(chart.lines.front().second.front().rate.data()));
        if (!section.pairs.empty()) out += "<div class=\"pairs\">\n";
        for (const FacePair& pair : section.pairs) out += pair_of(pair);
        if (!section.pairs.empty()) out += "</div>\n";
        if (!section.calibrations.empty()) out += "<div class=\"side\">\n";
        for (const CalibrationChart& chart : section.calibrations)
            if (!chart.points.empty())
                out += fmt::format("<figure><h3>{}</h3>{}{}</figure>\n", escaped(chart.title), svg(chart),
                                   source_of(chart.points.front().second.data()));
        if (!section.calibrations.empty()) out += "</div>\n";
        for (const Table& t : section.tables) out += to_html(t);
        out += "</section>\n";
    }
    out += "<section id=\"data\"><h2>What it was measured on</h2>\n";
    for (const auto& data : report.data) {
        out += to_html(composition_table(*data));
        out += fmt::format("<p>Group labels: {}. Hash of the list: <code>{}</code></p>\n",
                           escaped(data->labels), data->hash);
    }
    if (report.verdicts)
        out += fmt::format(
            "<p>Verdicts of a person: {} pairs `same`, {} `different`. Hash of the verdicts: "
            "<code>{}</code></p>\n",
            report.verdicts->same, report.verdicts->different, report.verdicts->hash);
    out += "</section>\n<section id=\"methods\"><h2>Methods</h2>\n" + list(report.methods) + "</section>\n";
    out += "<section id=\"limits\"><h2>What this report does not say</h2>\n" + list(report.limits) +
           "</section>\n<section id=\"words\"><h2>What the words mean</h2>\n" + words() + "</section>\n";
    out += fmt::format(
        "<section id=\"repeat\"><h2>Repeat it</h2>\n<pre>{}</pre>\n<p>Seed {}, {} resamples. The same "
        "command on the same pictures and pack, on a processor that the networks run on in the same "
        "precision, gives the same bytes; on another one single counts differ.</p>\n<p>{}</p>\n",
        escaped(report.command), report.seed, report.resamples, escaped(report.system.description));
    if (!report.system.hash.empty())
        out += fmt::format("<p>Pack <code>{}</code>, calibration curve <code>{}</code></p>\n",
                           report.system.hash, report.system.curve);
    return out + "</section>\n</main></body></html>\n";
}

}  // namespace visavis::audit
