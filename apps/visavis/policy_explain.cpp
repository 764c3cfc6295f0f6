// `visavis policy explain`: what would happen, and which policy decides.
#include <algorithm>
#include <cmath>
#include <memory>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "base/utc.h"
#include "commands.h"
#include "data_directory.h"
#include "match/similarity_scale.h"
#include "policy/actions.h"
#include "policy/case_database.h"
#include "policy/collection_tags.h"
#include "policy/directory.h"
#include "policy/vocabulary.h"
#include "policy_commands.h"

namespace visavis::app {
namespace {

constexpr const char* kExamples = R"(
Examples:
  visavis policy explain --principal alice --action SearchFacesByImage --collection missing --purpose missing-child
  visavis policy explain --policy eu-ai-act --principal alice --action IndexFaces --collection c \
      --tag visavis:bases=consent --basis consent:4711
Principals, roles and cases are those of the data directory. Exit 0: it would be allowed; 1: it would be refused.
)";

struct Options {
    std::string data{DataDirectory::default_path()};
    std::string policies;
    std::string principal;
    std::string action;
    std::string collection;
    std::vector<std::string> tags;
    std::string purpose;
    std::string case_id;
    std::string recipient;
    std::string basis;
    std::string source{"127.0.0.1"};
    std::string at;
    double threshold{0};
    std::int64_t gallery_size{0};
    std::vector<std::string> attributes;
    std::int64_t confirmations{0};
    bool live{false};
    bool json{false};
};

/// A clock that stands, so that `--at` means something.
class StandingClock final : public Clock {
  public:
    explicit StandingClock(TimePoint now) : now_(now) {}
    [[nodiscard]] TimePoint now() const override { return now_; }

  private:
    TimePoint now_;
};

Result<TimePoint> time_of(const std::string& text) {
    if (text.empty()) return SystemClock().now();
    const auto moment = read_utc(text, kSecondForm);
    if (!moment)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("`{}` is no time; write 2026-06-15T12:00:00Z", text));
    return *moment;
}

Result<policy::TagMap> tags_of(const std::vector<std::string>& pairs) {
    policy::TagMap tags;
    for (const std::string& pair : pairs) {
        const std::size_t equals = pair.find('=');
        if (equals == std::string::npos)
            return fail(ErrorCode::kInvalidParameter, fmt::format("`{}` is no tag; write KEY=VALUE", pair));
        tags[pair.substr(0, equals)] = pair.substr(equals + 1);
    }
    if (auto checked = policy::check_policy_tags(tags); !checked) return std::unexpected(checked.error());
    return tags;
}

/// The policies of --policy, or of the data directory; who is who from the latter; neither is changed.
Result<std::shared_ptr<const policy::PolicySet>> chosen_set(const Options& options) {
    return policy_set(options.policies.empty() ? options.data + "/policy" : options.policies);
}

Result<policy::Request> question(const Options& options) {
    const auto now = time_of(options.at);
    if (!now) return std::unexpected(now.error());
    const auto directory = policy::Directory::load(options.data + "/principals.toml");
    if (!directory) return std::unexpected(directory.error());
    const auto tags = tags_of(options.tags);
    if (!tags) return std::unexpected(tags.error());
    const auto basis = policy::parse_basis(options.basis);
    if (!basis) return std::unexpected(basis.error());

    policy::Request request;
    request.action = options.action;
    request.principal = directory->principal(options.principal);
    request.collection = policy::collection_of_tags(options.collection, *tags);
    policy::Context& context = request.context;
    context.purpose = options.purpose;
    context.recipient = options.recipient;
    context.basis_kind = basis->kind;
    context.basis_reference = basis->reference;
    context.credential = {.kind = "key", .collections = {}, .case_id = options.case_id, .approver = {}};
    context.now = *now;
    policy::set_site_time(context);
    context.source_address = options.source;
    context.threshold = options.threshold;
    context.fmr_per_trillion =
        std::llround(match::SimilarityScale::fmr_of_similarity(options.threshold) * 1e12);
    context.gallery_size = options.gallery_size;
    context.attributes = options.attributes;
    context.live = options.live;
    context.confirmations = options.confirmations;
    if (!options.case_id.empty()) {
        auto repository = policy::open_case_database(options.data + "/policy.db");
        if (!repository) return std::unexpected(repository.error());
        auto open = policy::Cases(std::move(*repository), std::make_shared<StandingClock>(*now))
                        .in_force(options.case_id);
        if (!open) return std::unexpected(open.error());
        context.case_in_force = std::move(*open);
    }
    return request;
}

int explain(const Options& options) {
    if (policy::find_action(options.action) == nullptr)
        return report({ErrorCode::kInvalidParameter,
                       fmt::format("`{}` is no action that policies know", options.action)});
    const auto set = chosen_set(options);
    if (!set) return report(set.error());
    const auto request = question(options);
    if (!request) return report(request.error());
    const policy::Decision decision = (*set)->authorise(*request);
    if (options.json) {
        print_json(decision_json(decision));
    } else {
        fmt::print("{}: {}\n", decision.allowed ? "allowed" : "refused", decision.explanation);
        for (const policy::PolicyInfo& policy : (*set)->policies())
            if (std::ranges::find(decision.policies, policy.id) != decision.policies.end())
                fmt::print("\n{}:{}\n{}\n", policy.file, policy.line, policy.text);
    }
    return decision.allowed ? kDone : kNo;
}

}  // namespace

void add_policy_explain(CLI::App& policy, int& exit_code) {
    CLI::App* command = policy.add_subcommand("explain", "What would happen, and which policy decides");
    const auto options = std::make_shared<Options>();
    command->add_option("--principal", options->principal, "Who asks")->required();
    command->add_option("--action", options->action, "Operation, e.g. SearchFacesByImage")->required();
    command->add_option("--collection", options->collection, "Collection");
    command->add_option("--tag", options->tags, "Tag of the collection; repeat")->type_name("KEY=VALUE");
    command->add_option("--purpose", options->purpose, "Purpose of the credential");
    command->add_option("--case", options->case_id, "Case of the credential");
    command->add_option("--recipient", options->recipient, "Recipient of the credential");
    command->add_option("--basis", options->basis, "Basis of the credential")->type_name("KIND:REFERENCE");
    command->add_option("--source", options->source, "Address of the caller");
    command->add_option("--at", options->at, "Time, UTC (default: now)")->type_name("2026-06-15T12:00:00Z");
    command->add_option("--threshold", options->threshold, "Similarity asked for, 0 to 100")
        ->check(CLI::Range(0, 100));
    command->add_option("--gallery-size", options->gallery_size, "Faces in the collection");
    command->add_option("--attribute", options->attributes, "Attribute asked for, e.g. EMOTIONS; repeat");
    command->add_flag("--live", options->live, "With a camera's key");
    command->add_option("--confirmations", options->confirmations,
                        "Others who confirmed what is handed over");
    command->add_option("--policy", options->policies, "Directory or profile (default: DATA/policy)")
        ->type_name("PLACE");
    command->add_option("--data", options->data, "Data directory")->type_name("DIR");
    command->add_flag("--json", options->json, "Answer as JSON");
    command->footer(kExamples);
    command->callback([options, &exit_code] { exit_code = explain(*options); });
}

}  // namespace visavis::app
