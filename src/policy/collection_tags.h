// A collection's tags that policies read. Changing one is the action SetPolicyTags.
//
//     visavis:owner           principal; absent: whoever made the collection
//     visavis:subjects        whose faces, e.g. `employees`
//     visavis:purposes        from the closed list, separated by spaces; absent: not limited
//     visavis:bases           kinds of basis that an enrolment must rest on; absent: not demanded
//     visavis:recipients      who may be given results or faces; absent: nobody
//     visavis:retention-days  whole number of days after a person's last interaction; absent: no end
//     visavis:purpose-met     date, UTC, from which nobody's face is needed any more; absent: not known
//     visavis:max-fpir        number below 1: bounds false alarms of searches (engine/error_rates.h)
//     visavis:two-persons     `true`: candidates of a search are shown in its receipt once two have confirmed
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "policy/model.h"

namespace visavis::policy {

inline constexpr std::string_view kPolicyTagPrefix = "visavis:";
inline constexpr std::string_view kOwnerTag = "visavis:owner";
inline constexpr std::string_view kTwoPersonsTag = "visavis:two-persons";

/// What the tag `visavis:max-fpir` may say: a number above 0 and below 1, written out in full; nothing for
/// any other text.
[[nodiscard]] std::optional<double> share_of(std::string_view text) noexcept;

using TagMap = std::map<std::string, std::string, std::less<>>;

/// The collection as policies see it. A tag that check_policy_tags would refuse limits as far as it can: a
/// word outside the lists is a purpose or basis that nobody can have.
[[nodiscard]] Collection collection_of_tags(std::string_view name, const TagMap& tags);

/// kInvalidParameter, naming the tag, for one with the prefix that is unknown or whose value is not what it
/// must be.
[[nodiscard]] Result<void> check_policy_tags(const TagMap& tags);

}  // namespace visavis::policy
