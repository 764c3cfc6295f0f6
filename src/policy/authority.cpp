#include "policy/authority.h"

#include <arpa/inet.h>

#include "policy/vocabulary.h"

namespace visavis::policy {
namespace {

bool is_address(const std::string& text) {
    in6_addr parsed{};
    return inet_pton(AF_INET, text.c_str(), &parsed) == 1 || inet_pton(AF_INET6, text.c_str(), &parsed) == 1;
}

}  // namespace

Authority::Authority(std::shared_ptr<Keeper> keeper, std::shared_ptr<Cases> cases,
                     std::shared_ptr<const Clock> clock)
    : keeper_(std::move(keeper)), cases_(std::move(cases)), clock_(std::move(clock)) {}

Result<Request> Authority::question(const Asker& asker, std::string_view action) const {
    Request request;
    request.action = action;
    request.principal = keeper_->current()->directory.principal(asker.principal);
    Context& context = request.context;
    context.purpose = asker.purpose;
    context.recipient = asker.recipient;
    context.live = asker.live;
    context.credential = {.kind = asker.credential_kind,
                          .collections = asker.collections,
                          .case_id = asker.case_id,
                          .approver = asker.approver};
    if (is_address(asker.source_address)) context.source_address = asker.source_address;
    if (auto basis = parse_basis(asker.basis)) {
        context.basis_kind = std::move(basis->kind);
        context.basis_reference = std::move(basis->reference);
    } else {
        context.basis_kind = "unknown";  // the floor refuses it
    }
    context.now = clock_->now();
    set_site_time(context);
    if (cases_ == nullptr) return request;

    const auto back = cases_->clock_set_back();
    if (!back) return std::unexpected(back.error());
    context.clock_set_back = *back;
    if (!asker.case_id.empty()) {
        auto open = cases_->in_force(asker.case_id);
        if (!open) return std::unexpected(open.error());
        context.case_in_force = std::move(*open);
        if (context.case_in_force && asker.approver.empty())
            context.credential.approver = context.case_in_force->approver;
    }
    return request;
}

Decision Authority::decide(const Request& request) const {
    return keeper_->current()->set->authorise(request);
}

}  // namespace visavis::policy
