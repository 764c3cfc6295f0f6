// Puts questions to the policy in force: from a credential and what is asked to a decision.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "policy/cases.h"
#include "policy/keeper.h"

namespace visavis::policy {

/// Who asks, and what the credential is bound to. Nothing here comes from the body of a request.
struct Asker {
    std::string principal;
    std::string credential_kind;  ///< `key`, `session` or `local`
    std::string purpose;
    std::string case_id;
    std::string recipient;
    std::string basis;     ///< `kind:reference`
    std::string approver;  ///< of the credential; empty: the case's, if there is one
    bool live{};           ///< the credential is a camera's
    std::vector<std::string> collections;
    std::string source_address;  ///< numeric; anything else counts as this machine
};

/// Thread-safe.
class Authority {
  public:
    /// `cases` may be null: then no case is ever in force.
    Authority(std::shared_ptr<Keeper> keeper, std::shared_ptr<Cases> cases,
              std::shared_ptr<const Clock> clock);

    /// The request with principal and circumstances filled in; the resource and what the operation adds are
    /// the caller's to fill. kUnavailable if cases cannot be read.
    [[nodiscard]] Result<Request> question(const Asker& asker, std::string_view action) const;

    /// The decision of the set in force now.
    [[nodiscard]] Decision decide(const Request& request) const;

    [[nodiscard]] Keeper& keeper() const noexcept { return *keeper_; }
    [[nodiscard]] Cases* cases() const noexcept { return cases_.get(); }
    [[nodiscard]] const Clock& clock() const noexcept { return *clock_; }

  private:
    std::shared_ptr<Keeper> keeper_;
    std::shared_ptr<Cases> cases_;
    std::shared_ptr<const Clock> clock_;
};

}  // namespace visavis::policy
