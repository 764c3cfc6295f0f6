#include "policy/who_can.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "policy/actions.h"
#include "policy/vocabulary.h"

namespace visavis::policy {
namespace {

enum class CaseKind { kNone, kUrgent, kApproved };

/// The texts in quotes of all policies but the floor: every role and registration that they could ask for.
std::set<std::string> words_of(const PolicySet& set) {
    std::set<std::string> words;
    for (const PolicyInfo& policy : set.policies()) {
        if (policy.file == "floor") continue;
        std::string_view text = policy.text;
        for (std::size_t open = text.find('"'); open != std::string_view::npos; open = text.find('"')) {
            text.remove_prefix(open + 1);
            const std::size_t close = text.find('"');
            if (close == std::string_view::npos) break;
            if (check_name(text.substr(0, close), "word")) words.emplace(text.substr(0, close));
            text.remove_prefix(close + 1);
        }
    }
    return words;
}

std::vector<Principal> imagined_principals(const PolicySet& set, const std::string& sector) {
    const std::set<std::string> words = words_of(set);
    std::vector<Principal> made;
    for (const bool registered : {false, true})
        for (const std::string& role : words) {
            Principal principal{
                .name = "somebody",
                .organisation = {.name = "some-organisation", .sector = sector, .registered_as = {}},
                .role = role};
            if (registered) principal.organisation.registered_as.assign(words.begin(), words.end());
            made.push_back(std::move(principal));
        }
    return made;
}

CaseInForce case_for(const Context& context, CaseKind kind) {
    return {.id = "some-case",
            .purpose = context.purpose,
            .requester = "somebody",
            .approver = kind == CaseKind::kApproved ? "somebody-else" : "",
            .authorisation = kind == CaseKind::kApproved ? "some-authorisation" : "",
            .opened = context.now - std::chrono::hours(1),
            .expires = context.now + std::chrono::hours(1),
            .urgent = kind == CaseKind::kUrgent,
            .confirmations = kind == CaseKind::kApproved ? 2 : 0};
}

class Search {
  public:
    Search(const PolicySet& set, const WhoCanQuestion& question) : set_(set), question_(question) {
        purposes_.emplace_back();
        for (const std::string_view purpose : all_purposes()) purposes_.emplace_back(purpose);
        bases_.emplace_back();
        for (const std::string_view basis : all_bases()) bases_.emplace_back(basis);
    }

    void try_all(const Principal& principal, bool imagined) {
        for (const std::string& action : question_.actions)
            for (const std::string& purpose : purposes_) {
                // One imagined principal a purpose is a counterexample already.
                const auto both = std::pair(action, purpose);
                if (imagined && found_.contains(both)) continue;
                if (try_circumstances(principal, action, purpose, imagined) && imagined) found_.insert(both);
            }
    }

    WhoCanAnswer take() { return std::move(answer_); }

  private:
    bool try_circumstances(const Principal& principal, const std::string& action, const std::string& purpose,
                           bool imagined) {
        static constexpr std::array kCases{CaseKind::kNone, CaseKind::kUrgent, CaseKind::kApproved};
        const bool enrols = find_action(action)->group == Group::kEnrol;
        for (const CaseKind kind : kCases)
            for (const double threshold : {0.0, 100.0})
                for (const std::string& basis : bases_) {
                    if (!enrols && !basis.empty()) break;
                    Request request;
                    request.action = action;
                    request.principal = principal;
                    if (imagined) request.principal.trained_until = question_.now + std::chrono::days(30);
                    request.collection = question_.collection;
                    request.role = {
                        .name = "some-role", .purposes = {purpose}, .collections = {}, .recipients = {}};
                    request.case_record = {
                        .id = "some-case", .requester = "somebody-else", .purpose = purpose};
                    Context& context = request.context;
                    context.purpose = purpose;
                    context.now = question_.now;
                    context.hour = 12;
                    context.threshold = threshold;
                    context.fmr_per_trillion = threshold > 0 ? 1 : context.fmr_per_trillion;
                    context.basis_kind = basis;
                    context.basis_reference = basis.empty() ? "" : "some-reference";
                    context.credential.kind = "key";
                    if (kind != CaseKind::kNone) context.case_in_force = case_for(context, kind);
                    if (ask(std::move(request), imagined)) return true;
                }
        return false;
    }

    bool ask(Request request, bool imagined) {
        ++answer_.tried;
        Decision decision = set_.authorise(request);
        if (!decision.allowed) return false;
        answer_.findings.push_back({std::move(request), std::move(decision.policies), imagined});
        return true;
    }

    const PolicySet& set_;
    const WhoCanQuestion& question_;
    std::vector<std::string> purposes_;
    std::vector<std::string> bases_;
    std::set<std::pair<std::string, std::string>> found_;
    WhoCanAnswer answer_;
};

}  // namespace

std::vector<std::string> actions_of(std::string_view group_or_action) {
    std::vector<std::string> made;
    for (const Action& action : kActions)
        if (action.name == group_or_action || name(action.group) == group_or_action ||
            (action.group == Group::kErase && group_or_action == name(Group::kManage)))
            made.emplace_back(action.name);
    return made;
}

WhoCanAnswer who_can(const PolicySet& set, const Directory& directory, const WhoCanQuestion& question) {
    Search search(set, question);
    std::vector<std::string> names = directory.names();
    if (!question.sector) names.emplace_back(kRootPrincipal);
    for (const std::string& name : names) {
        const Principal principal = directory.principal(name);
        if (!question.sector || principal.organisation.sector == *question.sector)
            search.try_all(principal, false);
    }
    if (question.sector)
        for (const Principal& principal : imagined_principals(set, *question.sector))
            search.try_all(principal, true);
    return search.take();
}

}  // namespace visavis::policy
