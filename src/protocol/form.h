// Bodies of AWS's query protocol: application/x-www-form-urlencoded.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace visavis::protocol {

using Form = std::map<std::string, std::string, std::less<>>;

/// Names and values, decoded. kValidation for a broken percent sign, a name given twice, a zero byte, or more
/// than a thousand fields.
[[nodiscard]] Result<Form> parse_form(std::string_view body);

/// `Tags.member.N.Key` and `.Value` of a form, in the order of N.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> tags_of_form(const Form& form);

}  // namespace visavis::protocol
