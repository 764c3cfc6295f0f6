#include "policy/vocabulary.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace visavis::policy {
namespace {

constexpr std::array<std::string_view, 17> kPurposes{
    "missing-child",           "missing-person",
    "trafficking-victim",      "victim-identification",
    "deceased-identification", "threat-to-life",
    "terrorist-attack",        "serious-crime-suspect",
    "access-control",          "account-verification",
    "fraud-prevention",        "personal-photos",
    "consented-service",       "research",
    "accuracy-audit",          "maintenance",
    "safety-of-workers",
};

constexpr std::array<std::string_view, 10> kSectors{
    "law-enforcement", "border-control", "public-authority", "child-protection", "charity",
    "education",       "employer",       "commercial",       "research",         "private",
};

constexpr std::array<std::string_view, 7> kBases{
    "consent", "release", "court-order", "statute", "warrant", "vital-interest", "own-data",
};

constexpr std::size_t kLongestName = 255;  // as long as a CollectionId may be

bool in_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_.:@/=+,-").contains(c);
}

}  // namespace

std::span<const std::string_view> all_purposes() noexcept {
    return kPurposes;
}
std::span<const std::string_view> all_sectors() noexcept {
    return kSectors;
}
std::span<const std::string_view> all_bases() noexcept {
    return kBases;
}

Result<void> one_of(std::string_view text, std::span<const std::string_view> list, std::string_view what) {
    if (std::ranges::find(list, text) != list.end()) return {};
    return fail(ErrorCode::kInvalidParameter,
                fmt::format("`{}` is no {}; choose one of {}", text, what, fmt::join(list, ", ")));
}

Result<void> check_name(std::string_view text, std::string_view what) {
    if (!text.empty() && text.size() <= kLongestName && std::ranges::all_of(text, in_name)) return {};
    return fail(ErrorCode::kInvalidParameter,
                fmt::format("`{}` is no {}: 1 to {} ASCII letters, digits and _.:@/=+,- are", text, what,
                            kLongestName));
}

Result<Basis> parse_basis(std::string_view text) {
    if (text.empty()) return Basis{};
    const std::size_t colon = text.find(':');
    Basis basis{.kind = std::string(text.substr(0, colon)),
                .reference = colon == std::string_view::npos ? "" : std::string(text.substr(colon + 1))};
    if (auto known = one_of(basis.kind, kBases, "basis for an enrolment"); !known)
        return std::unexpected(known.error());
    if (auto named = check_name(basis.reference, "reference of a basis (`kind:reference`)"); !named)
        return std::unexpected(named.error());
    return basis;
}

}  // namespace visavis::policy
