#include "model_card.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "audit/rate.h"
#include "audit/report.h"
#include "base/bytes.h"
#include "base/digest.h"
#include "base/file.h"
#include "face/pipeline.h"
#include "match/similarity_scale.h"

namespace visavis::app {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostBytes = std::size_t{16} << 20;

/// `sha256`: as the manifest says; empty: it says nothing.
Result<json::object> read(const std::string& file, const std::string& hash) {
    const auto bytes = read_file(file, kMostBytes);
    if (!bytes) return std::unexpected(bytes.error());
    if (const std::string found = to_hex(sha256(*bytes)); !hash.empty() && found != hash)
        return fail(ErrorCode::kInternal, fmt::format("`{}`: SHA-256 is {}, expected {}", file, found, hash));
    json::error_code problem;
    auto value = json::parse(as_text(*bytes), problem);
    if (problem || !value.is_object())
        return fail(ErrorCode::kInternal, fmt::format("`{}` is not a JSON object", file));
    return std::move(value.get_object());
}

std::string text(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    if (value == nullptr) return "not stated";
    if (value->is_string()) return std::string(value->get_string());
    return value->is_double() ? fmt::format("{:g}", value->get_double()) : json::serialize(*value);
}

/// `1 in 1,000`-like words for a decimal logarithm.
std::string rate(const json::value& log10) {
    return fmt::format("1 in {:.0f}", std::pow(10.0, -log10.to_number<double>()));
}

/// `398,107` of 1 in 398,107.
std::string one_in(const json::value& rate) {
    return audit::with_commas(static_cast<std::uint64_t>(std::llround(1 / rate.to_number<double>())));
}

/// What a Similarity stands for, from an entry of similarity_of().
std::string meaning(const json::value& at) {
    std::string out = fmt::format("Similarity {:g} is a false match rate of 1 in {} comparisons",
                                  at.at("similarity").to_number<double>(), one_in(at.at("fmr")));
    if (at.as_object().contains("low"))
        out += fmt::format(" (95 %: 1 in {} to 1 in {})", one_in(at.at("high")), one_in(at.at("low")));
    if (!at.at("reached").as_bool()) return out + ", which no score of this curve reaches.";
    return out + (at.at("extrapolated").as_bool() ? ", by the fitted tail." : ".");
}

/// What the usual thresholds stand for, with the curve's interval, and where measuring ends.
json::object similarity_of(const match::SimilarityScale& scale) {
    json::array at;
    for (const double similarity : {100 * 3 / 7.0, 100 * 4 / 7.0, 80.0, 99.0}) {
        const double score = scale.score_at(similarity);
        json::object entry{{"similarity", std::round(similarity * 100) / 100},
                           {"fmr", match::SimilarityScale::fmr_of_similarity(similarity)},
                           {"extrapolated", scale.extrapolated(score)},
                           {"reached", !std::isinf(score)}};
        if (const auto interval = scale.interval_of_similarity(similarity)) {
            entry["low"] = interval->low;
            entry["high"] = interval->high;
        }
        at.push_back(std::move(entry));
    }
    const double last = scale.last_measured_score();
    return {
        {"at", std::move(at)},
        {"last_measured", json::object{{"similarity", scale.similarity(last)}, {"fmr", scale.fmr(last)}}}};
}

struct Row {
    std::vector<std::string> cells;
};

struct Section {
    std::string title;
    std::vector<std::string> sentences;
    std::vector<std::string> columns;
    std::vector<Row> rows;
};

/// What the manifest says of a group that the curve was measured on; empty if it says nothing.
std::string composition_of(const json::object& card, const std::string& group) {
    for (const auto& entry : card.at("measured_on").as_array())
        if (text(entry.as_object(), "group") == group) return text(entry.as_object(), "composition");
    return {};
}

/// The card as sections, which both kinds of page print.
std::vector<Section> sections(const json::object& card) {
    std::vector<Section> out;
    out.push_back(
        {.title = "What it is for",
         .sentences =
             {"Finding candidates for a person to look at. A match is a lead, never an identification: "
              "nobody may be refused, arrested or accused on it alone.",
              "It does not infer race, skin type or identity traits. Group labels exist in audit data only."},
         .columns = {},
         .rows = {}});
    Section networks{.title = "Networks",
                     .sentences = {},
                     .columns = {"Role", "Network", "Licence", "Trained on, as its authors state", "SHA-256"},
                     .rows = {}};
    for (const auto& entry : card.at("networks").as_array()) {
        const auto& network = entry.as_object();
        networks.rows.push_back({{text(network, "role"), text(network, "model"), text(network, "licence"),
                                  text(network, "training_data"), text(network, "sha256")}});
    }
    out.push_back(std::move(networks));

    const auto& curve = card.at("calibration").as_object();
    Section measured{
        .title = "What Similarity rests on",
        .sentences = {fmt::format("Scores: {}. Similarity = 100 · −log10(FMR) / 7.", text(curve, "score"))},
        .columns = {"Group", "People", "Who they are, as far as labelled", "Pairs of different people",
                    "Pairs beyond the common score", "Rate there"},
        .rows = {}};
    if (const auto* worst = curve.if_contains("worst_group"); worst != nullptr)
        measured.sentences.push_back(
            fmt::format("The false match rate is the rate pooled over the groups below, each weighing the "
                        "same, times {:.2f}: the factor "
                        "of the worst-off group, {}, measured where every group has ten events.",
                        worst->at("factor").to_number<double>(), text(worst->as_object(), "group")));
    for (const auto& entry : card.at("similarity").at("at").as_array())
        measured.sentences.push_back(meaning(entry));
    const json::value& last = card.at("similarity").at("last_measured");
    measured.sentences.push_back(fmt::format(
        "Above Similarity {:.1f} (1 in {}) the curve is a fitted tail, and answers say `Extrapolated`.",
        last.at("similarity").to_number<double>(), one_in(last.at("fmr"))));
    if (const auto* left_out = curve.if_contains("left_out"))
        for (const auto& group : left_out->as_array())
            measured.sentences.push_back(fmt::format("{}, {} people, is in no figure of the curve: too few.",
                                                     text(group.as_object(), "group"),
                                                     text(group.as_object(), "people")));
    for (const auto& entry : curve.at("measured_on").as_array()) {
        const auto& group = entry.as_object();
        const bool counted = group.contains("log10_rate_there");
        const std::string name = group.contains("group") ? text(group, "group") : text(group, "set");
        measured.rows.push_back(
            {{name, text(group, "people"), composition_of(card, name), text(group, "non_mated_pairs"),
              counted ? text(group, "events_where_factor_is_measured") : "",
              counted ? rate(group.at("log10_rate_there")) : ""}});
    }
    out.push_back(std::move(measured));

    if (const auto* normalisation = card.if_contains("normalisation"); normalisation != nullptr) {
        const auto& object = normalisation->as_object();
        Section fitted{
            .title = "Score normalisation",
            .sentences =
                {"Each score is set against what strangers of one's own kind score, so that one threshold "
                 "means the same error for everyone. Two quadratic forms predict it from the template; no "
                 "group is guessed, and nothing of a single person is in them.",
                 text(object, "method")},
            .columns = {"Fitted on", "People"},
            .rows = {}};
        for (const auto& entry : object.at("fitted_on").as_array())
            fitted.rows.push_back({{text(entry.as_object(), "group"), text(entry.as_object(), "people")}});
        out.push_back(std::move(fitted));
    }
    if (const auto* attributes = card.if_contains("attributes"); attributes != nullptr) {
        const auto& object = attributes->as_object();
        Section said{.title = "Attributes of faces",
                     .sentences = {text(object, "note")},
                     .columns = {"Attribute", "From", "Measured on", "Result"},
                     .rows = {}};
        for (const auto& entry : object.at("measured").as_array()) {
            const auto& one = entry.as_object();
            said.rows.push_back(
                {{text(one, "attribute"), text(one, "from"), text(one, "measured_on"), text(one, "result")}});
        }
        for (const auto& entry : object.at("absent").as_array()) {
            const auto& one = entry.as_object();
            said.rows.push_back(
                {{text(one, "attribute"), "–", "–", "absent, never answered: " + text(one, "why")}});
        }
        out.push_back(std::move(said));
    }
    Section bad{.title = "Where it is bad", .sentences = {}, .columns = {}, .rows = {}};
    if (const auto* weaknesses = card.if_contains("weaknesses"); weaknesses != nullptr) {
        const auto& object = weaknesses->as_object();
        bad.sentences.push_back(text(object, "note"));
        bad.columns = {"Who", "What", "Measured on", "Result"};
        for (const auto& entry : object.at("measured").as_array()) {
            const auto& one = entry.as_object();
            bad.rows.push_back(
                {{text(one, "who"), text(one, "what"), text(one, "measured_on"), text(one, "result")}});
        }
    }
    bad.sentences.insert(
        bad.sentences.end(),
        {"The embedder's training data was scraped from the web without the consent of those pictured.",
         "Measure on your own photographs before use: `visavis audit verification`, `visavis audit "
         "identification`, `visavis audit false-matches`."});
    out.push_back(std::move(bad));
    return out;
}

std::string title(const json::object& card) {
    return fmt::format("Model card: pack {} {}", text(card, "name"), text(card, "version"));
}

std::string cell(std::string text) {
    for (std::size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2))
        text.insert(at, "\\");
    return text;
}

/// The weight that an `Accept` field gives `type` (RFC 9110, 12.5.1): of the first range that names it, best
/// named first in `ranges`; 0 where none does.
double weight(const std::string& accept, const std::vector<std::string_view>& ranges) {
    for (const std::string_view range : ranges)
        for (std::size_t at = 0; at < accept.size();) {
            const std::size_t end = std::min(accept.find(',', at), accept.size());
            const std::string_view item = std::string_view(accept).substr(at, end - at);
            at = end + 1;
            if (item.substr(0, item.find(';')) != range) continue;
            const std::size_t q = item.find(";q=");
            return q == std::string_view::npos
                       ? 1
                       : std::strtod(std::string(item.substr(q + 3)).c_str(), nullptr);
        }
    return 0;
}

/// Whether HTML is named and weighs at least as much as JSON. `*/*` alone, as programs send it, means JSON.
bool prefers_html(std::string_view field) {
    std::string accept;
    for (const char c : field)
        if (c != ' ' && c != '\t') accept += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const double html = weight(accept, {"text/html", "text/*"});
    return html > 0 && html >= weight(accept, {"application/json", "application/*", "*/*"});
}

}  // namespace

json::array measured_on(const infer::ModelPack& pack) {
    json::array groups;
    for (const auto& group : pack.measured_on)
        groups.push_back(
            {{"group", group.group}, {"people", group.people}, {"composition", group.composition}});
    return groups;
}

Result<json::object> model_card(const infer::ModelPack& pack) {
    json::object card;
    card["format"] = 1;
    card["name"] = pack.name;
    card["version"] = pack.version;
    card["hash"] = pack.hash;
    card["dimension"] = pack.dimension;
    card["pipeline_version"] = face::kPipelineVersion;
    json::array networks;
    for (const auto& file : pack.files)
        networks.push_back(json::object{{"role", file.role},
                                        {"model", file.model},
                                        {"licence", file.licence},
                                        {"training_data", file.training_data},
                                        {"sha256", file.sha256},
                                        {"sources", json::value_from(file.sources)}});
    card["networks"] = std::move(networks);
    if (!pack.normalisation.empty()) {
        auto normalisation = read(pack.normalisation, pack.normalisation_sha256);
        if (!normalisation) return std::unexpected(normalisation.error());
        card["normalisation"] = std::move(*normalisation);
    }
    for (const std::string part : {"attributes", "weaknesses"}) {
        const std::string file = fmt::format("{}/{}.json", pack.directory, part);
        if (!std::filesystem::exists(file)) continue;
        auto measured = read(file, {});
        if (!measured) return std::unexpected(measured.error());
        card[part] = std::move(*measured);
    }
    card["measured_on"] = measured_on(pack);
    auto calibration = read(pack.calibration, pack.calibration_sha256);
    if (!calibration) return std::unexpected(calibration.error());
    card["calibration"] = std::move(*calibration);
    const auto scale = match::SimilarityScale::load(pack.calibration);
    if (!scale) return std::unexpected(scale.error());
    card["similarity"] = similarity_of(*scale);
    return card;
}

std::string model_card_markdown(const json::object& card) {
    std::string out =
        fmt::format("# {}\n\nGenerated by `visavis models card`; do not edit. Pack hash `{}`.\n", title(card),
                    text(card, "hash"));
    for (const Section& section : sections(card)) {
        out += fmt::format("\n## {}\n", section.title);
        for (const std::string& sentence : section.sentences) out += fmt::format("\n{}\n", sentence);
        if (section.rows.empty()) continue;
        out += "\n|";
        for (const std::string& column : section.columns) out += fmt::format(" {} |", column);
        out += "\n|";
        for (std::size_t i = 0; i < section.columns.size(); ++i) out += " --- |";
        for (const Row& row : section.rows) {
            out += "\n|";
            for (const std::string& text : row.cells) out += fmt::format(" {} |", cell(text));
        }
        out += "\n";
    }
    return out;
}

std::string model_card_html(const json::object& card) {
    using audit::escaped;
    std::string out = fmt::format(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width,initial-scale=1\"><title>{0}</title><style>{1}</style></"
        "head><body><main>"
        "<h1>{0}</h1>\n<p>Pack hash <code>{2}</code></p>\n",
        escaped(title(card)), audit::page_style(), escaped(text(card, "hash")));
    for (const Section& section : sections(card)) {
        out += fmt::format("<section><h2>{}</h2>\n", escaped(section.title));
        for (const std::string& sentence : section.sentences)
            out += fmt::format("<p>{}</p>\n", escaped(sentence));
        if (!section.rows.empty()) {
            audit::Table table{.title = {}, .columns = section.columns, .rows = {}};
            for (const Row& row : section.rows) table.rows.emplace_back(row.cells.begin(), row.cells.end());
            out += audit::to_html(table);
        }
        out += "</section>\n";
    }
    return out + "</main></body></html>\n";
}

void add_model_card_route(protocol::Router& router, const json::object& card) {
    const auto as_json = std::make_shared<const json::value>(card);
    const auto as_html = std::make_shared<const std::string>(model_card_html(card));
    router.add({.method = "GET",
                .pattern = "/v1/model-card",
                .operation = "GetModelCard",
                .is_public = true,
                .quick = true,
                .answer = [as_json, as_html](const protocol::RouteCall& call) {
                    if (!prefers_html(call.request.header("accept").value_or(""))) {
                        auto response = protocol::json_response(*as_json, "GetModelCard");
                        response.headers.push_back({"Vary", "Accept"});
                        return response;
                    }
                    return server::Response{.content_type = "text/html; charset=utf-8",
                                            .headers = {{"Vary", "Accept"}},
                                            .body = *as_html,
                                            .operation = "GetModelCard",
                                            .outcome = "ok"};
                }});
}

}  // namespace visavis::app
