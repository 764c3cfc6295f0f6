// `visavis ledger report`: the public yearly report, as JSON or as a page.
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
        else if (c == '&')
            result += "&amp;";
        else
            result += c;
    }
    return result;
}

std::string text_of(const boost::json::value& value) {
    return value.is_string() ? std::string(value.get_string()) : boost::json::serialize(value);
}

std::string table(std::string_view title, std::string_view key, const boost::json::object& rows) {
    std::string html = fmt::format(
        "<h2>{}</h2>\n<table><tr><th>{}</th><th>answered</th><th>refused</th><th>failed</th>"
        "<th>searches</th><th>with match</th><th>no match</th></tr>\n",
        title, key);
    for (const auto& row : rows) {
        html += fmt::format("<tr><td>{}</td>", escaped(row.key()));
        for (const char* column :
             {"answered", "refused", "failed", "searches", "with_match", "without_match"})
            html += fmt::format("<td>{}</td>", text_of(row.value().as_object().at(column)));
        html += "</tr>\n";
    }
    return html + "</table>\n";
}

std::string page(const boost::json::object& report) {
    const auto text = [&](const char* name) { return escaped(text_of(report.at(name))); };
    std::string html = fmt::format(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Use of face recognition, {0} to "
        "{1}</title>\n"
        "<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}"
        "table{{border-collapse:collapse}}td,th{{border:1px solid #999;padding:.2rem .6rem;text-align:right}}"
        "td:first-child,th:first-child{{text-align:left}}code{{word-break:break-all}}</style>\n"
        "<h1>Use of face recognition, {0} to {1}</h1>\n<p>{2} uses and refusals left a receipt; persons "
        "judged candidates "
        "{3} times and confirmed {4}.</p>\n",
        text("from"), text("to"), text("receipts"), text("judgements"), text("confirmed"));
    html += table("By purpose", "purpose", report.at("by_purpose").as_object());
    html += table("By operation", "operation", report.at("by_operation").as_object());
    html +=
        "<h2>Searches by size of the gallery</h2>\n<table><tr><th>faces "
        "compared</th><th>searches</th></tr>\n";
    for (const auto& row : report.at("searches_by_gallery_size").as_object())
        html += fmt::format("<tr><td>{}</td><td>{}</td></tr>\n", escaped(row.key()), text_of(row.value()));
    html += fmt::format(
        "</table>\n<p>Counted from the first {} receipts of the log <code>{}</code>, root <code>{}</code>. "
        "Anyone can check the log against that root: <code>visavis ledger verify</code>.</p>\n</html>\n",
        text("size"), text("log"), text("root"));
    return html;
}

int make(const Options& options) {
    const auto answer = ask(options.data, "GET",
                            fmt::format("/v1/ledger/report?from={}&to={}", options.from, options.to), "");
    if (!answer) return report(answer.error());
    if (!options.html.empty())
        if (auto written = replace_file(options.html, as_bytes(page(*answer)), 0644); !written)
            return report(written.error());
    if (options.json || options.html.empty()) fmt::print("{}\n", boost::json::serialize(*answer));
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
