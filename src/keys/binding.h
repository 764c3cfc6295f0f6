// What a credential is bound to.
#pragma once

#include <string>
#include <vector>

namespace visavis::keys {

/// Fixed when the credential is made. The client cannot change it: a purpose typed into a request could be
/// anything. Empty: not bound.
struct Binding {
    std::string purpose;                   ///< e.g. `missing-child`
    std::string case_id;                   ///< e.g. `2026-118`
    std::string recipient;                 ///< to whom results go
    std::string basis;                     ///< what an enrolment rests on, e.g. `consent:4711`
    std::string approver;                  ///< whose approval it needs, and has once it signs
    bool live{false};                      ///< a camera's: what it signs is of people passing now
    std::vector<std::string> collections;  ///< may be used with these only; empty: with all

    bool operator==(const Binding&) const = default;
};

}  // namespace visavis::keys
