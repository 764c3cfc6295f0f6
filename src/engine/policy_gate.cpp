#include "engine/policy_gate.h"

#include <algorithm>
#include <cmath>

#include "match/similarity_scale.h"
#include "policy/actions.h"

namespace visavis::engine {
namespace {

constexpr double kPerTrillion = 1e12;

class PolicyGate final : public Gate {
  public:
    PolicyGate(std::shared_ptr<const policy::Authority> authority, CollectionLookup lookup)
        : authority_(std::move(authority)), lookup_(std::move(lookup)) {}

    Decision decide(const Caller& caller, const Use& use) override {
        auto request = question(caller, use);
        if (!request)
            return {.allowed = false, .policy_set = {}, .policies = {}, .reason = request.error().message};
        policy::Decision decision = authority_->decide(*request);
        if (decision.allowed &&
            std::ranges::any_of(
                use.tags, [](const std::string& key) { return key.starts_with(policy::kPolicyTagPrefix); }) &&
            use.operation != "CreateCollection") {
            request->action = "SetPolicyTags";
            decision = authority_->decide(*request);
        }
        return {.allowed = decision.allowed,
                .policy_set = std::move(decision.policy_hash),
                .policies = std::move(decision.policies),
                .reason = std::move(decision.explanation)};
    }

  private:
    Result<policy::Request> question(const Caller& caller, const Use& use) const {
        auto request = authority_->question(asker_of(caller), use.operation);
        if (!request) return request;
        policy::Context& context = request->context;
        context.attributes = use.attributes;
        context.confirmations = use.confirmations;
        if (use.threshold) {
            context.threshold = *use.threshold;
            context.fmr_per_trillion =
                std::llround(match::SimilarityScale::fmr_of_similarity(*use.threshold) * kPerTrillion);
        }
        if (!use.role.empty()) {
            const auto role = authority_->keeper().current()->roles.find(use.role);
            if (!role) return std::unexpected(role.error());
            request->role = {.name = role->name,
                             .purposes = role->purposes,
                             .collections = role->collections,
                             .recipients = role->recipients};
        }
        if (!use.case_id.empty()) {
            request->case_record = {
                .id = use.case_id, .requester = caller.principal, .purpose = use.case_purpose};
            if (use.operation != "OpenCase" && authority_->cases() != nullptr) {
                const auto record = authority_->cases()->find(use.case_id);
                if (!record) return std::unexpected(record.error());
                request->case_record.requester = record->requester;
                request->case_record.purpose = record->purpose;
            }
        }
        if (use.collection.empty()) return request;
        request->collection.name = use.collection;
        // What is being created belongs to its maker.
        if (use.operation == "CreateCollection") request->collection.owner = caller.principal;
        if (!lookup_) return request;
        const auto facts = lookup_(caller.account, use.collection);
        if (!facts) return std::unexpected(facts.error());
        if (*facts) {
            request->collection = policy::collection_of_tags(use.collection, (*facts)->tags);
            if (request->collection.owner.empty()) request->collection.owner = (*facts)->owner;
            context.gallery_size = static_cast<std::int64_t>((*facts)->faces);
        }
        return request;
    }

    std::shared_ptr<const policy::Authority> authority_;
    CollectionLookup lookup_;
};

}  // namespace

policy::Asker asker_of(const Caller& caller) {
    std::string kind = "key";
    if (caller.access_key_id.empty()) kind = "local";
    if (caller.access_key_id.starts_with("ASIA")) kind = "session";
    return {.principal = caller.principal,
            .credential_kind = std::move(kind),
            .purpose = caller.binding.purpose,
            .case_id = caller.binding.case_id,
            .recipient = caller.binding.recipient,
            .basis = caller.binding.basis,
            .approver = caller.binding.approver,
            .live = caller.binding.live,
            .collections = caller.binding.collections,
            .source_address = caller.source_address};
}

std::unique_ptr<Gate> make_policy_gate(std::shared_ptr<const policy::Authority> authority,
                                       CollectionLookup lookup) {
    return std::make_unique<PolicyGate>(std::move(authority), std::move(lookup));
}

}  // namespace visavis::engine
