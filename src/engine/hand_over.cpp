#include "engine/hand_over.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "engine/engine.h"
#include "engine/ledger_recorder.h"
#include "engine/two_persons.h"
#include "engine/verify_candidate.h"
#include "policy/collection_tags.h"

namespace visavis::engine {
namespace {

struct Search {
    ledger::Receipt record;
    ledger::Openings openings;
};

Result<Search> find_search(ledger::Ledger& ledger, std::uint64_t index) {
    const auto entry = ledger.log().entry(index);
    if (!entry) return std::unexpected(entry.error());
    auto record = ledger::parse_receipt(*entry);
    if (!record) return fail(ErrorCode::kInternal, record.error().message);
    auto openings = ledger.openings(index);
    if (!openings) return std::unexpected(openings.error());
    return Search{.record = std::move(*record), .openings = std::move(*openings)};
}

std::string field(const Search& search, std::string_view name) {
    const auto found = std::ranges::find(search.openings.fields, name, &ledger::Opening::field);
    return found == search.openings.fields.end() ? std::string() : found->value;
}

/// How many others' last word confirms each candidate.
Result<std::map<std::uint64_t, std::uint64_t>> confirmations(ledger::Ledger& ledger, std::uint64_t receipt,
                                                             const std::string& besides) {
    const auto verifications = ledger.verifications_of(receipt);
    if (!verifications) return std::unexpected(verifications.error());
    std::map<std::pair<std::uint64_t, ledger::Hash>, bool> last_word;
    for (const auto& one : *verifications) last_word[{one.candidate, one.person}] = one.confirmed;
    std::map<std::uint64_t, std::uint64_t> counts;
    const ledger::Hash own = ledger.person(besides);
    for (const auto& [who, confirmed] : last_word)
        if (confirmed && who.second != own) ++counts[who.first];
    return counts;
}

Result<std::vector<HandedCandidate>> chosen(ledger::Ledger& ledger, const Search& search,
                                            const HandOverRequest& request, const std::string& by) {
    if (!search.record.candidates)
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("receipt `{}` is of `{}`, which found nobody to hand over", request.receipt,
                                search.record.operation));
    const auto counts = confirmations(ledger, request.receipt, by);
    if (!counts) return std::unexpected(counts.error());
    std::vector<std::uint64_t> positions = request.candidates;
    if (positions.empty())
        for (std::uint64_t i = 0; i < search.openings.candidates.size(); ++i) positions.push_back(i);
    std::vector<HandedCandidate> made;
    for (const std::uint64_t position : positions) {
        if (position >= search.openings.candidates.size())
            return fail(ErrorCode::kNotFound,
                        fmt::format("receipt `{}` has {} candidates; `{}` is not one of them",
                                    request.receipt, search.openings.candidates.size(), position));
        const auto count = counts->find(position);
        made.push_back({.position = position,
                        .opening = search.openings.candidates[position],
                        .confirmed_by = count == counts->end() ? 0 : count->second});
    }
    return made;
}

/// The fewest; nobody confirms that nobody was found.
std::int64_t fewest(const std::vector<HandedCandidate>& candidates) {
    if (candidates.empty()) return 0;
    return static_cast<std::int64_t>(
        std::ranges::min_element(candidates, {}, &HandedCandidate::confirmed_by)->confirmed_by);
}

/// The id within a candidate's value.
std::string id_of(const ledger::Opening& opening) {
    constexpr std::string_view kBefore = R"({"id":")";
    const std::string_view text = opening.value;
    return text.starts_with(kBefore)
               ? std::string(text.substr(kBefore.size(), text.find('"', kBefore.size()) - kBefore.size()))
               : std::string();
}

/// Within what the search was for, and in the account that made it.
Result<void> check_bounds(const Caller& caller, const Search& search,
                          const std::vector<HandedCandidate>& candidates) {
    for (const char* bound : {"purpose", "case"}) {
        const std::string made_for = field(search, bound);
        const std::string& own =
            std::string_view(bound) == "purpose" ? caller.binding.purpose : caller.binding.case_id;
        if (made_for != own)
            return fail(ErrorCode::kAccessDenied,
                        fmt::format("the search was made under another {} than this credential's", bound));
    }
    if (auto own = check_reach(caller, search.openings); !own) return own;
    const std::string collection = field(search, "collection");
    for (const HandedCandidate& one : candidates) {
        if (one.opening.erased())
            return fail(ErrorCode::kNotFound,
                        fmt::format("candidate `{}` was erased and cannot be handed over", one.position));
        if (one.opening.subject != subject_of(caller, collection, id_of(one.opening)))
            return fail(ErrorCode::kAccessDenied, "the search was made in another account");
    }
    return {};
}

/// What the collection's tag demands, whatever the policy says.
Result<void> check_two_persons(const Engine& engine, const Caller& caller, ledger::Ledger& ledger,
                               std::uint64_t receipt, const Search& search,
                               const std::vector<HandedCandidate>& candidates) {
    if (candidates.empty()) return {};
    const auto wanted = wants_two_persons(engine, caller.account, field(search, "collection"));
    if (!wanted) return std::unexpected(wanted.error());
    if (!*wanted) return {};
    const auto states = candidate_states(ledger, receipt);
    if (!states) return std::unexpected(states.error());
    for (const HandedCandidate& one : candidates)
        if (!(*states)[one.position].confirmed_by_two())
            return fail(ErrorCode::kAccessDenied,
                        fmt::format("candidate `{}` is not confirmed by two persons, as the collection's tag "
                                    "`{}` demands",
                                    one.position, policy::kTwoPersonsTag));
    return {};
}

}  // namespace

Result<HandedOver> hand_over(Engine& engine, Call& call, ledger::Ledger& ledger,
                             const HandOverRequest& request) {
    // What is not there says nothing that the public log does not say, so policy has nothing to decide; that
    // it was asked for leaves a receipt all the same.
    const auto lost = [&](const Error& error) {
        return demanded<HandedOver>(engine, call, {.operation = "HandOverResult"},
                                    [&](Record& record) -> Result<HandedOver> {
                                        record.about_receipt = request.receipt;
                                        return std::unexpected(error);
                                    });
    };
    const auto search = find_search(ledger, request.receipt);
    if (!search) return lost(search.error());
    if (request.local) {
        // As a credential for that very search would be bound.
        call.caller.binding.purpose = field(*search, "purpose");
        call.caller.binding.case_id = field(*search, "case");
        call.caller.binding.recipient = request.recipient;
    }
    const auto candidates = chosen(ledger, *search, request, call.caller.principal);
    if (!candidates) return lost(candidates.error());
    return governed<HandedOver>(
        engine, call,
        {.operation = "HandOverResult",
         .collection = field(*search, "collection"),
         .confirmations = fewest(*candidates)},
        [&](Record& record) -> Result<HandedOver> {
            record.about_receipt = request.receipt;
            if (!request.recipient.empty() && request.recipient != call.caller.binding.recipient)
                return fail(ErrorCode::kAccessDenied, "the recipient is the credential's, not the request's");
            if (auto within = check_bounds(call.caller, *search, *candidates); !within)
                return std::unexpected(within.error());
            if (auto confirmed =
                    check_two_persons(engine, call.caller, ledger, request.receipt, *search, *candidates);
                !confirmed)
                return std::unexpected(confirmed.error());
            HandedOver made{.receipt = request.receipt,
                            .recipient = call.caller.binding.recipient,
                            .record = search->record,
                            .fields = {},
                            .candidates = *candidates};
            for (const ledger::Opening& one : search->openings.fields)
                if (one.field == "purpose" || one.field == "case" || one.field == "collection" ||
                    one.field.starts_with("probe-"))
                    made.fields.push_back(one);
            // So that a person's receipts lead to whoever was told of them.
            for (const HandedCandidate& one : *candidates) record.subjects.push_back(id_of(one.opening));
            return made;
        });
}

}  // namespace visavis::engine
