#include "protocol/ledger_routes.h"

#include <fmt/format.h>

#include "base/file.h"
#include "engine/erase_subject.h"
#include "engine/ledger_recorder.h"
#include "engine/ledger_report.h"
#include "engine/open_receipt.h"
#include "engine/verify_candidate.h"
#include "ledger/tiles.h"
#include "protocol/receipt_pieces.h"
#include "protocol/request_json.h"
#include "protocol/route_body.h"

namespace visavis::protocol {
namespace {

namespace json = boost::json;

constexpr std::string_view kText = "text/plain; charset=utf-8";

server::Response plain(ByteView body, std::string_view type, std::string_view cache,
                       std::string_view operation) {
    return {.content_type = std::string(type),
            .headers = {{.name = "Cache-Control", .value = std::string(cache)},
                        {.name = "Access-Control-Allow-Origin", .value = "*"}},
            .body = std::string(as_text(body)),
            .operation = std::string(operation),
            .outcome = "ok"};
}

/// What a crash left in the journal is told to everybody; other trouble names files of this machine.
server::Response failure(const Error& error, const RouteCall& call, const ledger::Ledger& ledger,
                         std::string_view operation) {
    if (const auto ready = ledger.log().caught_up(); !ready && error.code == ErrorCode::kUnavailable)
        return not_yet(ready.error().message, call, operation);
    return receipt_failure(error, call, operation);
}

server::Response tile(const RouteCall& call, const std::string& directory) {
    const std::string path = "tile/" + call.parameters.find("path")->second;
    // Nothing but the exact spelling of a tile's path reaches the file system.
    if (!ledger::parse_tile_path(path))
        return receipt_failure({ErrorCode::kNotFound, "There is no such tile."}, call, "GetTile");
    const auto bytes = read_file(directory + "/" + path, ledger::kMostBundleBytes);
    if (!bytes) return receipt_failure(bytes.error(), call, "GetTile");
    return plain(*bytes, "application/octet-stream", "public, max-age=31536000, immutable", "GetTile");
}

server::Response receipt(const RouteCall& call, ledger::Ledger& ledger) {
    const auto index = receipt_index(call);
    if (!index) return failure(index.error(), call, ledger, "GetReceipt");
    const auto entry = ledger.log().entry(*index);
    if (!entry) return failure(entry.error(), call, ledger, "GetReceipt");
    return plain(*entry, "application/json", "public, max-age=31536000, immutable", "GetReceipt");
}

server::Response proof(const RouteCall& call, ledger::Ledger& ledger) {
    const auto index = receipt_index(call);
    if (!index) return failure(index.error(), call, ledger, "GetProof");
    const auto found = ledger.log().proof(*index);
    if (!found && found.error().code == ErrorCode::kUnavailable)
        return not_yet(found.error().message, call, "GetProof");
    if (!found) return failure(found.error(), call, ledger, "GetProof");
    return plain(as_bytes(ledger::to_text(*found)), kText, "no-cache", "GetProof");
}

json::array to_json(const std::vector<ledger::Opening>& openings) {
    json::array array;
    for (const auto& opening : openings) array.push_back(opening_json(opening));
    return array;
}

server::Response open(const RouteCall& call, ledger::Ledger& ledger) {
    const auto index = receipt_index(call);
    if (!index) return failure(index.error(), call, ledger, "OpenReceipt");
    engine::Call& called = call.called;
    const auto opened = engine::open_receipt(call.engine, called, ledger, *index);
    if (!opened) return failure(opened.error(), call, ledger, "OpenReceipt");
    json::array candidates = to_json(opened->openings.candidates);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        json::object& candidate = candidates[i].as_object();
        candidate["state"] = opened->states[i].name();
        if (!opened->withheld[i]) continue;
        candidate.erase("erased");
        candidate["withheld"] = "until two persons have confirmed it";
    }
    json::array verifications;
    for (const auto& one : opened->verifications)
        verifications.push_back({{"receipt", one.entry},
                                 {"candidate", one.candidate},
                                 {"verdict", one.confirmed ? "confirmed" : "rejected"}});
    return answer_with_receipt({{"index", *index},
                                {"record", json::parse(ledger::to_text(opened->receipt))},
                                {"fields", to_json(opened->openings.fields)},
                                {"candidates", std::move(candidates)},
                                {"subjects", to_json(opened->openings.subjects)},
                                {"verifications", std::move(verifications)}},
                               called, "OpenReceipt");
}

json::object to_json(const engine::CandidateState& state) {
    return {
        {"confirmed_by", state.confirmed_by}, {"rejected_by", state.rejected_by}, {"state", state.name()}};
}

Result<engine::VerifyCandidateRequest> verification_of(const RouteCall& call) {
    const auto index = receipt_index(call);
    if (!index) return std::unexpected(index.error());
    const auto body = request_json(call.request.body);
    if (!body) return std::unexpected(body.error());
    const auto* candidate = body->if_contains("candidate");
    const auto* verdict = body->if_contains("verdict");
    const auto* word = verdict == nullptr ? nullptr : verdict->if_string();
    if (candidate == nullptr || !candidate->is_int64() || candidate->get_int64() < 0 || word == nullptr ||
        (*word != "confirmed" && *word != "rejected"))
        return fail(ErrorCode::kValidation,
                    R"(the body is not of the form {"candidate": 0, "verdict": "confirmed" or "rejected"})");
    return engine::VerifyCandidateRequest{.receipt = *index,
                                          .candidate = static_cast<std::uint64_t>(candidate->get_int64()),
                                          .confirmed = *word == "confirmed"};
}

server::Response verify(const RouteCall& call, ledger::Ledger& ledger) {
    const auto request = verification_of(call);
    if (!request) return failure(request.error(), call, ledger, "VerifyCandidate");
    engine::Call& called = call.called;
    const auto done = engine::verify_candidate(call.engine, called, ledger, *request);
    if (!done) return failure(done.error(), call, ledger, "VerifyCandidate");
    return answer_with_receipt(to_json(*done), called, "VerifyCandidate");
}

server::Response verifications(const RouteCall& call, ledger::Ledger& ledger) {
    const auto index = receipt_index(call);
    if (!index) return failure(index.error(), call, ledger, "Audit");
    engine::Call& called = call.called;
    const auto states = engine::read_candidate_states(call.engine, called, ledger, *index);
    if (!states) return failure(states.error(), call, ledger, "Audit");
    json::array candidates;
    for (const auto& state : *states) {
        json::object object = to_json(state);
        object["candidate"] = candidates.size();
        candidates.push_back(std::move(object));
    }
    return answer_with_receipt({{"receipt", *index}, {"candidates", std::move(candidates)}}, called, "Audit");
}

server::Response erase(const RouteCall& call, ledger::Ledger& ledger) {
    const auto body = request_json(call.request.body);
    if (!body) return failure(body.error(), call, ledger, "EraseSubject");
    engine::EraseSubjectRequest request;
    const auto* collection = body->if_contains("collection");
    const auto* ids = body->if_contains("ids");
    bool valid = collection != nullptr && collection->is_string() && ids != nullptr && ids->is_array();
    if (valid) {
        request.collection = collection->get_string();
        for (const auto& id : ids->get_array()) {
            valid = valid && id.is_string();
            if (id.is_string()) request.ids.emplace_back(id.get_string());
        }
    }
    if (!valid)
        return failure(
            {ErrorCode::kValidation, "the body is not of the form {\"collection\": \"…\", \"ids\": [\"…\"]}"},
            call, ledger, "EraseSubject");
    engine::Call& called = call.called;
    const auto done = engine::erase_subject(call.engine, called, ledger, request);
    if (!done) return failure(done.error(), call, ledger, "EraseSubject");
    return answer_with_receipt({{"receipts", done->receipts}, {"openings", done->openings}}, called,
                               "EraseSubject");
}

server::Response subject(const RouteCall& call, ledger::Ledger& ledger) {
    const std::string& collection = call.parameters.find("collection")->second;
    const std::string name = engine::subject_of(call.caller, collection, call.parameters.find("id")->second);
    engine::Call& called = call.called;
    const auto found = engine::governed<std::vector<std::uint64_t>>(
        call.engine, called, {.operation = "OpenReceipt", .collection = collection},
        [&](engine::Record& /*record*/) -> Result<std::vector<std::uint64_t>> {
            if (auto own = engine::check_reach(call.caller, collection); !own)
                return std::unexpected(own.error());
            return ledger.receipts_of(name);
        });
    if (!found) return failure(found.error(), call, ledger, "OpenReceipt");
    json::array receipts;
    for (const std::uint64_t index : *found) {
        const auto entry = ledger.log().entry(index);
        if (!entry) return failure(entry.error(), call, ledger, "OpenReceipt");
        receipts.push_back({{"index", index}, {"record", json::parse(as_text(*entry))}});
    }
    return answer_with_receipt({{"receipts", std::move(receipts)}}, called, "OpenReceipt");
}

/// The value of `name` in the query, which needs no decoding here: days hold digits and dashes only.
std::string query_value(std::string_view query, std::string_view name) {
    while (!query.empty()) {
        const auto end = std::min(query.find('&'), query.size());
        const std::string_view pair = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
            return std::string(pair.substr(name.size() + 1));
    }
    return {};
}

json::object to_json(const std::map<std::string, engine::PurposeCount>& counts) {
    json::object object;
    for (const auto& [name, count] : counts)
        object[name] = {{"answered", count.answered},     {"refused", count.refused},
                        {"failed", count.failed},         {"searches", count.searches},
                        {"with_match", count.with_match}, {"without_match", count.without_match}};
    return object;
}

server::Response report(const RouteCall& call, ledger::Ledger& ledger) {
    const auto from = ledger::parse_time(query_value(call.request.query(), "from") + "T00:00:00.000Z");
    const auto to = ledger::parse_time(query_value(call.request.query(), "to") + "T00:00:00.000Z");
    if (!from || !to)
        return failure({ErrorCode::kValidation, "`from` and `to` are days such as 2026-01-31"}, call, ledger,
                       "Audit");
    engine::Call& called = call.called;
    const auto made = engine::ledger_report(call.engine, called, ledger, *from, *to + std::chrono::days(1));
    if (!made) return failure(made.error(), call, ledger, "Audit");
    json::object sizes;
    for (const auto& [size_class, count] : made->by_gallery_size) sizes[size_class] = count;
    return answer_with_receipt({{"from", query_value(call.request.query(), "from")},
                                {"to", query_value(call.request.query(), "to")},
                                {"receipts", made->receipts},
                                {"by_purpose", to_json(made->by_purpose)},
                                {"by_sector", to_json(made->by_sector)},
                                {"by_operation", to_json(made->by_operation)},
                                {"searches_by_gallery_size", std::move(sizes)},
                                {"judgements", made->verified},
                                {"confirmed", made->confirmed},
                                {"log", made->checkpoint.origin},
                                {"size", made->checkpoint.size},
                                {"root", to_base64(made->checkpoint.root)}},
                               called, "Audit");
}

server::Response rotate(const RouteCall& call, ledger::Ledger& ledger) {
    if (!call.local)
        return refuse_far_caller(call, "RotateKey",
                                 "Only the operator at the machine changes the ledger's key.");
    const auto index = ledger.rotate_key(call.engine.clock().now());
    if (!index) return failure(index.error(), call, ledger, "RotateKey");
    call.called.notes.receipt = {.log = ledger.log().verifier().name, .index = *index};
    return json_response({{"receipt", *index}, {"key", ledger::to_text(ledger.log().verifier())}},
                         "RotateKey");
}

}  // namespace

void add_ledger_routes(Router& router, const std::shared_ptr<ledger::Ledger>& ledger,
                       const std::string& directory) {
    const auto add = [&](std::string method, std::string pattern, std::string operation, bool is_public,
                         std::function<server::Response(const RouteCall&)> answer_call) {
        Route route;
        route.method = std::move(method);
        route.pattern = std::move(pattern);
        route.operation = std::move(operation);
        route.is_public = is_public;
        route.answer = std::move(answer_call);
        router.add(std::move(route));
    };
    add("GET", "/ledger/checkpoint", "GetCheckpoint", true, [ledger](const RouteCall& /*call*/) {
        return plain(as_bytes(ledger::to_text(ledger->log().checkpoint().note)), kText, "no-cache",
                     "GetCheckpoint");
    });
    add("GET", "/ledger/log.vkey", "GetLogKey", true, [ledger](const RouteCall& /*call*/) {
        return plain(as_bytes(ledger::to_text(ledger->log().verifier()) + "\n"), kText, "no-cache",
                     "GetLogKey");
    });
    add("GET", "/ledger/tile/{path...}", "GetTile", true,
        [directory](const RouteCall& call) { return tile(call, directory); });
    add("GET", "/v1/receipts/{index}", "GetReceipt", true,
        [ledger](const RouteCall& call) { return receipt(call, *ledger); });
    add("GET", "/v1/receipts/{index}/proof", "GetProof", true,
        [ledger](const RouteCall& call) { return proof(call, *ledger); });
    add("POST", "/v1/receipts/{index}/open", "OpenReceipt", false,
        [ledger](const RouteCall& call) { return open(call, *ledger); });
    add("POST", "/v1/receipts/{index}/verifications", "VerifyCandidate", false,
        [ledger](const RouteCall& call) { return verify(call, *ledger); });
    add("GET", "/v1/receipts/{index}/verifications", "Audit", false,
        [ledger](const RouteCall& call) { return verifications(call, *ledger); });
    add("POST", "/v1/subjects/erase", "EraseSubject", false,
        [ledger](const RouteCall& call) { return erase(call, *ledger); });
    add("GET", "/v1/ledger/report", "Audit", false,
        [ledger](const RouteCall& call) { return report(call, *ledger); });
    add("POST", "/v1/ledger/rotate-key", "RotateKey", false,
        [ledger](const RouteCall& call) { return rotate(call, *ledger); });
    add("GET", "/v1/subjects/{collection}/{id}", "OpenReceipt", false,
        [ledger](const RouteCall& call) { return subject(call, *ledger); });
}

}  // namespace visavis::protocol
