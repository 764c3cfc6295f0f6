// Reads the members of a request that validate() has passed: types are right, required members are there.
// A null member counts as absent.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "base/error.h"
#include "engine/types.h"

namespace visavis::protocol {

/// The member; null if it is absent.
[[nodiscard]] const boost::json::value* member(const boost::json::object& request, std::string_view name);

[[nodiscard]] std::optional<std::string> optional_text(const boost::json::object& request,
                                                       std::string_view name);
[[nodiscard]] std::string text_or(const boost::json::object& request, std::string_view name,
                                  std::string_view absent);

/// A required text.
[[nodiscard]] inline std::string text(const boost::json::object& request, std::string_view name) {
    return text_or(request, name, {});
}

[[nodiscard]] std::optional<std::int64_t> optional_integer(const boost::json::object& request,
                                                           std::string_view name);
[[nodiscard]] float number_or(const boost::json::object& request, std::string_view name, float absent);

/// A list of texts; empty if it is absent.
[[nodiscard]] std::vector<std::string> texts(const boost::json::object& request, std::string_view name);

/// A map of texts, e.g. `Tags`; empty if it is absent.
[[nodiscard]] std::map<std::string, std::string, std::less<>> tags(const boost::json::object& request,
                                                                   std::string_view name);

/// A QualityFilter; `absent` if it is not given.
[[nodiscard]] engine::QualityFilter quality_filter(const boost::json::object& request,
                                                   engine::QualityFilter absent);

/// A required Image, decoded from base64 straight into its bytes. kSerialization if the base64 is wrong,
/// kInvalidParameter unless exactly one of Bytes and S3Object (with Bucket and Name) is given.
[[nodiscard]] Result<engine::Image> image(const boost::json::object& request, std::string_view name);

}  // namespace visavis::protocol
