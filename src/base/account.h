// Accounts, as Amazon numbers them. Whoever has keys of one sees nothing of another.
#pragma once

#include <algorithm>
#include <string_view>

namespace visavis {

/// Whether the text is an account: twelve digits.
[[nodiscard]] inline bool is_account(std::string_view text) noexcept {
    return text.size() == 12 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace visavis
