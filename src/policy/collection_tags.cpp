#include "policy/collection_tags.h"

#include <charconv>

#include <fmt/format.h>

#include "base/utc.h"
#include "policy/vocabulary.h"

namespace visavis::policy {
namespace {

std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> made;
    while (!text.empty()) {
        const std::size_t space = text.find(' ');
        if (space != 0) made.emplace_back(text.substr(0, space));
        if (space == std::string_view::npos) break;
        text.remove_prefix(space + 1);
    }
    return made;
}

std::string value(const TagMap& tags, std::string_view key) {
    const auto found = tags.find(key);
    return found == tags.end() ? std::string() : found->second;
}

std::int64_t days(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    return failed == std::errc() && end == text.data() + text.size() && number > 0 && number <= 36'500
               ? number
               : -1;
}

Result<void> check_tag(std::string_view key, std::string_view text) {
    const std::string_view name = key.substr(kPolicyTagPrefix.size());
    if (name == "owner" || name == "subjects")
        return check_name(text, "value of the tag `" + std::string(key) + "`");
    if (name == "retention-days") {
        if (days(text) > 0) return {};
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("`{}` must be 1 to 36500, not `{}`", key, text));
    }
    if (name == "purpose-met") {
        if (read_utc(text, kDayForm)) return {};
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("`{}` must be a day such as 2027-03-31, not `{}`", key, text));
    }
    if (name == "max-fpir") {
        if (share_of(text)) return {};
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("`{}` must be a number above 0 and below 1, not `{}`", key, text));
    }
    if (key == kTwoPersonsTag) {
        if (text == "true") return {};
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("`{}` must be `true`, not `{}`; remove the tag instead", key, text));
    }
    if (name != "purposes" && name != "bases" && name != "recipients")
        return fail(
            ErrorCode::kInvalidParameter,
            fmt::format("`{}` is no tag of Visavis; there are visavis:owner, visavis:subjects, "
                        "visavis:purposes, visavis:bases, visavis:recipients, visavis:retention-days, "
                        "visavis:purpose-met, visavis:max-fpir and visavis:two-persons",
                        key));
    for (const std::string& word : words(text)) {
        Result<void> checked = name == "purposes" ? one_of(word, all_purposes(), "purpose")
                               : name == "bases"  ? one_of(word, all_bases(), "basis")
                                                  : check_name(word, "recipient");
        if (!checked) return checked;
    }
    return {};
}

}  // namespace

std::optional<double> share_of(std::string_view text) noexcept {
    double number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number > 0 && number < 1 ? std::optional(number) : std::nullopt;
}

Collection collection_of_tags(std::string_view name, const TagMap& tags) {
    Collection made;
    made.name = name;
    made.owner = value(tags, kOwnerTag);
    made.subjects = value(tags, "visavis:subjects");
    made.purposes = words(value(tags, "visavis:purposes"));
    made.bases = words(value(tags, "visavis:bases"));
    made.recipients = words(value(tags, "visavis:recipients"));
    made.retention_days = std::max<std::int64_t>(0, days(value(tags, "visavis:retention-days")));
    made.purpose_met = read_utc(value(tags, "visavis:purpose-met"), kDayForm);
    made.tags.assign(tags.begin(), tags.end());
    return made;
}

Result<void> check_policy_tags(const TagMap& tags) {
    for (const auto& [key, text] : tags)
        if (key.starts_with(kPolicyTagPrefix))
            if (auto checked = check_tag(key, text); !checked) return checked;
    return {};
}

}  // namespace visavis::policy
