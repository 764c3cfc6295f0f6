// Named sets of audits: what a published test or a standard asks for, in its layout, beside its figures.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "audit_commands.h"

namespace visavis::app {

/// What every step of a profile is given.
struct ProfileData {
    std::string root;  ///< folder with the data sets, laid out as docs/audits.md says
    std::string
        held_out;  ///< table of the pictures that the attribute network was not trained on; may be empty
    std::string verdicts;  ///< suspects.csv that a person went through; may be empty
    audit::Method method;  ///< thresholds are the step's own
};

/// One report of a profile. Steps of several profiles with the same id are the same report.
struct ProfileStep {
    std::string id;  ///< folder of the report below the profiles' folder
    std::string title;
    std::vector<std::string> needs;  ///< files and folders below the root
    std::function<Result<FalseMatchesReport>(Subject&, const ProfileData&)> make;  ///< suspects: may be empty
    bool central{};  ///< its pictures show bystanders, whom an API would take for the person
};

struct Profile {
    std::string name;
    std::string title;
    std::string about;
    audit::Table published;  ///< published figures or requirements, to be read beside the measured ones
    std::vector<ProfileStep> steps;
};

[[nodiscard]] const std::vector<Profile>& profiles();

}  // namespace visavis::app
