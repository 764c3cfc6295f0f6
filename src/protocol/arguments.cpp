#include "protocol/arguments.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace visavis::protocol {

using boost::json::object;
using boost::json::value;

const value* member(const object& request, std::string_view name) {
    const value* found = request.if_contains(name);
    return found == nullptr || found->is_null() ? nullptr : found;
}

std::optional<std::string> optional_text(const object& request, std::string_view name) {
    const value* found = member(request, name);
    if (found == nullptr) return std::nullopt;
    return std::string(found->get_string());
}

std::string text_or(const object& request, std::string_view name, std::string_view absent) {
    const value* found = member(request, name);
    return std::string(found == nullptr ? absent : std::string_view(found->get_string()));
}

std::optional<std::int64_t> optional_integer(const object& request, std::string_view name) {
    const value* found = member(request, name);
    if (found == nullptr) return std::nullopt;
    if (const auto* integer = found->if_int64()) return *integer;
    // A whole number written as 3.0, or one beyond 64 bits; the service model bounds what has a bound.
    constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
    const auto number = found->to_number<double>();
    if (number >= static_cast<double>(kMost)) return kMost;
    if (number <= -static_cast<double>(kMost)) return -kMost;
    return static_cast<std::int64_t>(number);
}

float number_or(const object& request, std::string_view name, float absent) {
    const value* found = member(request, name);
    return found == nullptr ? absent : static_cast<float>(found->to_number<double>());
}

std::vector<std::string> texts(const object& request, std::string_view name) {
    std::vector<std::string> all;
    if (const value* found = member(request, name))
        for (const value& item : found->get_array()) all.emplace_back(item.get_string());
    return all;
}

std::map<std::string, std::string, std::less<>> tags(const object& request, std::string_view name) {
    std::map<std::string, std::string, std::less<>> all;
    if (const value* found = member(request, name))
        for (const auto& item : found->get_object())
            all.insert_or_assign(std::string(item.key()),
                                 item.value().is_string() ? std::string(item.value().get_string()) : "");
    return all;
}

engine::QualityFilter quality_filter(const object& request, engine::QualityFilter absent) {
    static constexpr std::array kNames = {
        std::pair{std::string_view("NONE"), engine::QualityFilter::kNone},
        std::pair{std::string_view("AUTO"), engine::QualityFilter::kAuto},
        std::pair{std::string_view("LOW"), engine::QualityFilter::kLow},
        std::pair{std::string_view("MEDIUM"), engine::QualityFilter::kMedium},
        std::pair{std::string_view("HIGH"), engine::QualityFilter::kHigh},
    };
    const value* found = member(request, "QualityFilter");
    if (found == nullptr) return absent;
    const auto* const known = std::ranges::find(kNames, std::string_view(found->get_string()),
                                                &decltype(kNames)::value_type::first);
    return known == kNames.end() ? absent : known->second;
}

Result<engine::Image> image(const object& request, std::string_view name) {
    const object& given = request.at(name).get_object();
    const value* bytes = member(given, "Bytes");
    const value* stored = member(given, "S3Object");
    // Amazon's words first; clients match on them.
    if ((bytes == nullptr) == (stored == nullptr))
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("Request has invalid parameters: `{}` needs exactly one of `Bytes` and "
                                "`S3Object`",
                                name));
    if (bytes != nullptr) {
        auto decoded = from_base64(bytes->get_string());
        if (!decoded)
            return fail(ErrorCode::kSerialization,
                        fmt::format("`{}.Bytes`: {}", name, decoded.error().message));
        return std::move(*decoded);
    }
    const object& s3 = stored->get_object();
    engine::S3Object place{
        .bucket = text(s3, "Bucket"), .name = text(s3, "Name"), .version = optional_text(s3, "Version")};
    if (place.bucket.empty() || place.name.empty())
        return fail(
            ErrorCode::kInvalidS3Object,
            fmt::format("Request has invalid S3 object: `{}.S3Object` needs `Bucket` and `Name`", name));
    return place;
}

}  // namespace visavis::protocol
