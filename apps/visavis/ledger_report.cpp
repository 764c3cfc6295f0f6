// `visavis ledger report`: the public yearly report, as JSON or as a page.
#include <algorithm>
#include <charconv>
#include <vector>

#include <fmt/core.h>

#include "base/file.h"
#include "commands.h"
#include "ledger_commands.h"

namespace visavis::app {
namespace {

constexpr const char* kExamples = R"(
Examples:
  visavis ledger report --from 2026-01-01 --to 2026-12-31 --html report-2026.html
  visavis ledger report --from 2026-01-01 --to 2026-12-31 --json > report-2026.json)";

struct Options {
    std::string from;
    std::string to;
    std::string html;
    std::string data;
    bool json{};
};

std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '<')
            result += "&lt;";
        else if (c == '>')
            result += "&gt;";
        else if (c == '&')
            result += "&amp;";
        else if (c == '"')
            result += "&quot;";
        else
            result += c;
    }
    return result;
}

std::string text_of(const boost::json::value& value) {
    return value.is_string() ? std::string(value.get_string()) : boost::json::serialize(value);
}

constexpr const char* kStyle = R"(
:root { color-scheme: light dark; --line: #8884; --quiet: color-mix(in srgb, CanvasText 65%, Canvas); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2.5rem auto; padding: 0 1.25rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .75rem; }
h2 { font-size: 1.15rem; margin: 2.25rem 0 .5rem; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .75rem; text-align: right; border-bottom: 1px solid var(--line); }
th { font-weight: 600; font-size: .85rem; color: var(--quiet); vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; padding-left: 0; width: 30%; }
tr:last-child td { border-bottom: 0; }
table.narrow { table-layout: auto; width: auto; min-width: 20rem; }
table.narrow th:first-child { width: auto; }
.figures { display: flex; flex-wrap: wrap; gap: 2.5rem; margin: 1.25rem 0; padding: 0; list-style: none; }
.figures b { display: block; font-size: 1.75rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.figures li, footer { color: var(--quiet); font-size: .9rem; }
.figures b { color: CanvasText; }
footer { margin-top: 2.5rem; padding-top: 1rem; border-top: 1px solid var(--line); }
code { overflow-wrap: anywhere; }
)";

std::string grouped(const boost::json::value& number) {
    std::string digits = text_of(number);
    for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
        digits.insert(static_cast<std::size_t>(at), "\xE2\x80\x89");
    return digits;
}

std::string table(std::string_view title, std::string_view key, const boost::json::object& rows) {
    std::string html = fmt::format(
        "<h2>{}</h2>\n<table>\n<tr><th>{}</th><th>Answered</th><th>Refused</th><th>Failed</th>"
        "<th>Searches</th><th>With a match</th><th>Without</th></tr>\n",
        title, key);
    if (rows.empty()) html += "<tr><td colspan=\"7\">Nothing in this time.</td></tr>\n";
    for (const auto& row : rows) {
        html += fmt::format("<tr><td>{}</td>", escaped(row.key()));
        for (const char* column :
             {"answered", "refused", "failed", "searches", "with_match", "without_match"})
            html += fmt::format("<td>{}</td>", grouped(row.value().as_object().at(column)));
        html += "</tr>\n";
    }
    return html + "</table>\n";
}

/// Smallest galleries first; `1-99` comes before `100-999` as a number, not as a text.
std::string gallery_table(const boost::json::object& rows) {
    std::vector<std::pair<std::uint64_t, std::string>> sorted;
    for (const auto& row : rows) {
        std::uint64_t low = 0;
        const std::string_view key = row.key();
        std::from_chars(key.data(), key.data() + key.size(), low);
        sorted.emplace_back(
            low, fmt::format("<tr><td>{}</td><td>{}</td></tr>\n", escaped(key), grouped(row.value())));
    }
    std::ranges::sort(sorted);
    std::string html =
        "<h2>Searches by size of the gallery</h2>\n<table class=\"narrow\">\n"
        "<tr><th>Faces or users compared</th><th>Searches</th></tr>\n";
    if (sorted.empty()) html += "<tr><td colspan=\"2\">Nothing in this time.</td></tr>\n";
    for (const auto& [low, row] : sorted) html += row;
    return html + "</table>\n";
}

std::string page(const boost::json::object& report) {
    const auto text = [&](const char* name) { return escaped(text_of(report.at(name))); };
    const auto figure = [&](const char* name, std::string_view words) {
        return fmt::format("<li><b>{}</b> {}</li>\n", grouped(report.at(name)), words);
    };
    std::string html = fmt::format(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width\">\n"
        "<title>Use of face recognition, {0} to {1}</title>\n<style>{2}</style>\n"
        "<h1>Use of face recognition, {0} to {1}</h1>\n<ul class=\"figures\">\n",
        text("from"), text("to"), kStyle);
    html += figure("receipts", "uses and refusals left a receipt");
    html += figure("judgements", "times a person judged a candidate");
    html += figure("confirmed", "of these confirmed it") + "</ul>\n";
    html += table("By purpose", "Purpose", report.at("by_purpose").as_object());
    html += table("By sector", "Sector of the organisation", report.at("by_sector").as_object());
    html += table("By operation", "Operation", report.at("by_operation").as_object());
    html += gallery_table(report.at("searches_by_gallery_size").as_object());
    html += fmt::format(
        "<footer>Counted from the first {} receipts of the log <code>{}</code>, whose root is "
        "<code>{}</code>. Anyone can check the log against that root: <code>visavis ledger verify</code>. "
        "(none): the key was bound to no purpose, or its organisation has no sector; (erased): nobody can "
        "tell any more.</footer>\n</html>\n",
        grouped(report.at("size")), text("log"), text("root"));
    return html;
}

int make(const Options& options) {
    const auto answer = ask(options.data, "GET",
                            fmt::format("/v1/ledger/report?from={}&to={}", options.from, options.to), "");
    if (!answer) return report(answer.error());
    if (!options.html.empty())
        if (auto written = replace_file(options.html, as_bytes(page(*answer)), 0644); !written)
            return report(written.error());
    if (options.json || options.html.empty()) print_json(*answer);
    return kDone;
}

}  // namespace

void add_ledger_report(CLI::App& ledger, int& exit_code) {
    CLI::App* command =
        ledger.add_subcommand("report", "Counts by purpose, outcome, gallery size and matches");
    const auto options = std::make_shared<Options>();
    command->add_option("--from", options->from, "First day")->required()->type_name("YYYY-MM-DD");
    command->add_option("--to", options->to, "Last day")->required()->type_name("YYYY-MM-DD");
    command->add_option("--html", options->html, "Write a page")->type_name("FILE");
    command->add_option("--data", options->data, "Data directory")->type_name("DIR");
    command->add_flag("--json", options->json, "Machine-readable (the default without --html)");
    command->footer(kExamples);
    command->callback([options, &exit_code] { exit_code = make(*options); });
}

}  // namespace visavis::app
