#include "policy/policy_set.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/digest.h"
#include "policy/actions.h"
#include "policy/cedar.h"
#include "policy/policy_source.h"
#include "policy/profiles.h"
#include "policy/schema.h"

namespace visavis::policy {
namespace {

namespace json = boost::json;

struct FreeText {
    void operator()(char* text) const noexcept { visavis_cedar_free_text(text); }
};
using CedarText = std::unique_ptr<char, FreeText>;

std::string text_of(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

const json::array& list_of(const json::object& object, std::string_view key) {
    static const json::array none;
    const json::value* value = object.if_contains(key);
    return value != nullptr && value->is_array() ? value->as_array() : none;
}

std::size_t line_of(const json::object& object) {
    const json::value* line = object.if_contains("line");
    return line != nullptr && line->is_int64() ? static_cast<std::size_t>(line->as_int64()) : 0;
}

std::vector<std::string> notes(const json::object& report, std::string_view key) {
    std::vector<std::string> lines;
    for (const json::value& value : list_of(report, key)) {
        const json::object& note = value.as_object();
        const std::string file = text_of(note, "file");
        const std::size_t line = line_of(note);
        if (file.empty())
            lines.push_back(text_of(note, "message"));
        else if (line == 0)
            lines.push_back(fmt::format("{}: {}", file, text_of(note, "message")));
        else
            lines.push_back(fmt::format("{}:{}: {}", file, line, text_of(note, "message")));
    }
    return lines;
}

PolicyInfo policy_info(const json::object& object) {
    PolicyInfo info{.id = text_of(object, "id"),
                    .permits = text_of(object, "effect") == "permit",
                    .file = text_of(object, "file"),
                    .line = line_of(object),
                    .annotations = {},
                    .text = text_of(object, "text")};
    for (const auto& [key, value] : object.at("annotations").as_object())
        info.annotations.emplace(key, value.as_string());
    return info;
}

Result<json::object> parse_object(const char* text) {
    boost::system::error_code failed;
    json::value value = json::parse(text, failed);
    if (failed || !value.is_object()) return fail(ErrorCode::kInternal, "the policy engine gave no answer");
    return std::move(value.as_object());
}

/// Everything that decides, with lengths, so that no two sets share a hash.
std::string hash_of(const PolicySources& sources) {
    Sha256Stream stream;
    const auto add = [&](std::string_view name, std::string_view text) {
        stream.update(as_bytes(fmt::format("{} {} {}\n", name.size(), text.size(), name)));
        stream.update(as_bytes(text));
    };
    add("schema", cedar_schema());
    add("floor", floor_policy());
    add("parameters", sources.parameters);
    for (const PolicyFile& file : sources.files) add(file.name, file.text);
    return to_hex(stream.finish());
}

Result<std::string> sources_json(const PolicySources& sources) {
    json::array files;
    files.push_back(json::object{{"name", "floor"}, {"text", floor_policy()}});
    std::size_t total = 0;
    for (const PolicyFile& file : sources.files) {
        total += file.text.size();
        if (file.text.size() > kMaxPolicyFileBytes || total > kMaxPolicyBytes)
            return fail(ErrorCode::kInvalidParameter,
                        fmt::format("{}: larger than {} bytes, or the set than {}", file.name,
                                    kMaxPolicyFileBytes, kMaxPolicyBytes));
        if (auto checked = check_nesting(file.name, file.text); !checked)
            return std::unexpected(checked.error());
        files.push_back(json::object{{"name", file.name}, {"text", file.text}});
    }
    return json::serialize(json::object{{"schema", cedar_schema()}, {"files", std::move(files)}});
}

std::string target(const Request& request, ResourceKind kind) {
    switch (kind) {
        case ResourceKind::kCollection:
            return fmt::format(" on collection `{}`", request.collection.name);
        case ResourceKind::kRole:
            return fmt::format(" on role `{}`", request.role.name);
        case ResourceKind::kCase:
            return fmt::format(" on case `{}`", request.case_record.id);
        case ResourceKind::kServer:
            break;
    }
    return {};
}

std::string default_refusal(const Request& request) {
    const Action* action = find_action(request.action);
    return fmt::format("no policy permits `{}` to {}{} {}", request.principal.name, request.action,
                       action == nullptr ? "" : target(request, action->resource),
                       request.context.purpose.empty()
                           ? "without a purpose"
                           : fmt::format("for the purpose `{}`", request.context.purpose));
}

}  // namespace

struct PolicySet::Engine {
    explicit Engine(visavis_cedar_set* compiled) : set(compiled) {}
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;
    ~Engine() { visavis_cedar_free(set); }

    visavis_cedar_set* set;
};

/// Decisions by the text of the whole question, which is all that Cedar reads: a client that sends many
/// requests asks the same many times in a second.
struct PolicySet::Memory {
    static constexpr std::size_t kMost = 256;  // a question takes 2 to 60 kB

    std::optional<Decision> find(const std::string& call) {
        const std::lock_guard lock(mutex);
        const auto found = decisions.find(call);
        return found == decisions.end() ? std::nullopt : std::optional(found->second);
    }

    void keep(std::string call, const Decision& decision) {
        const std::lock_guard lock(mutex);
        if (decisions.size() >= kMost) decisions.clear();
        decisions.emplace(std::move(call), decision);
    }

    std::mutex mutex;
    std::unordered_map<std::string, Decision> decisions;  // guarded by mutex
};

PolicySet::PolicySet() : memory_(std::make_unique<Memory>()) {}
PolicySet::~PolicySet() = default;

Result<std::shared_ptr<const PolicySet>> PolicySet::compile(const PolicySources& sources) {
    auto dates = parse_parameters(sources.parameters);
    if (!dates) return std::unexpected(dates.error());
    const auto text = sources_json(sources);
    if (!text) return std::unexpected(text.error());

    char* words = nullptr;
    auto engine = std::make_unique<Engine>(visavis_cedar_compile(text->data(), text->size(), &words));
    const CedarText owned(words);
    const auto report = parse_object(words);
    if (!report) return std::unexpected(report.error());
    if (engine->set == nullptr)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("{}", fmt::join(notes(*report, "errors"), "\n")));

    std::shared_ptr<PolicySet> made(new PolicySet);
    made->sources_ = sources;
    made->engine_ = std::move(engine);
    made->dates_ = std::move(*dates);
    made->warnings_ = notes(*report, "warnings");
    made->hash_ = hash_of(sources);
    for (const json::value& policy : list_of(*report, "policies")) {
        made->policies_.push_back(policy_info(policy.as_object()));
        made->index_.emplace(made->policies_.back().id, made->policies_.size() - 1);
    }
    return made;
}

Result<std::shared_ptr<const PolicySet>> PolicySet::load(const std::string& directory) {
    const auto sources = read_policy_directory(directory);
    if (!sources) return std::unexpected(sources.error());
    return compile(*sources);
}

Decision PolicySet::authorise(const Request& request) const {
    return authorise(request, dates_);
}

Decision PolicySet::authorise(const Request& request, const Dates& dates) const {
    auto call = to_cedar_json(request, dates);
    if (!call) return {.explanation = call.error().message, .policy_hash = hash_};
    if (auto known = memory_->find(*call)) return std::move(*known);
    Decision decision = evaluate(*call, request);
    memory_->keep(std::move(*call), decision);
    return decision;
}

Decision PolicySet::evaluate(const std::string& call, const Request& request) const {
    Decision decision;
    decision.policy_hash = hash_;
    const CedarText words(visavis_cedar_authorise(engine_->set, call.data(), call.size()));
    const auto answer = parse_object(words.get());
    if (!answer) {
        decision.explanation = answer.error().message;
        return decision;
    }
    const json::value* allowed = answer->if_contains("allowed");
    decision.allowed = allowed != nullptr && allowed->is_bool() && allowed->as_bool();
    if (const std::string invalid = text_of(*answer, "invalid"); !invalid.empty()) {
        decision.allowed = false;
        decision.explanation = fmt::format(
            "the request does not agree with the policy's schema ({}), so nothing is allowed", invalid);
        return decision;
    }

    for (const json::value& id : list_of(*answer, "reason")) {
        const auto found = index_.find(std::string_view(id.as_string()));
        // A refusal because some policy failed leaves permits among the reasons: they did not decide.
        if (found != index_.end() && policies_[found->second].permits == decision.allowed)
            decision.policies.emplace_back(id.as_string());
    }
    explain(decision, request);
    for (const json::value& value : list_of(*answer, "errors")) {
        const json::object& error = value.as_object();
        if (!decision.policies.empty()) break;  // forbidden anyway
        decision.explanation = fmt::format("policy `{}` cannot be evaluated ({}), so nothing is allowed",
                                           text_of(error, "policy"), text_of(error, "message"));
        decision.policies.push_back(text_of(error, "policy"));
    }
    return decision;
}

void PolicySet::explain(Decision& decision, const Request& request) const {
    for (const std::string& id : decision.policies) {
        const auto& annotations = policies_[index_.find(id)->second].annotations;
        if (const auto advice = annotations.find("advice"); advice != annotations.end())
            decision.advice.push_back(advice->second);
    }
    if (decision.policies.empty()) {
        decision.explanation = default_refusal(request);
        return;
    }
    decision.explanation = fmt::format("{} by `{}`", decision.allowed ? "allowed" : "forbidden",
                                       fmt::join(decision.policies, "`, `"));
    if (!decision.allowed && !decision.advice.empty())
        decision.explanation += fmt::format(": {}", fmt::join(decision.advice, " "));
}

std::string cedar_version() {
    return CedarText(visavis_cedar_version()).get();
}

}  // namespace visavis::policy
