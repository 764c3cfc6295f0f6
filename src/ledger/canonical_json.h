// Writing JSON in the canonical form of RFC 8785, as far as receipts need it: objects, arrays, texts and
// whole numbers.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace visavis::ledger {

[[nodiscard]] bool is_utf8(std::string_view text);

/// A text with its quotes. Invalid UTF-8 is replaced by U+FFFD.
[[nodiscard]] std::string json_text(std::string_view text);
[[nodiscard]] std::string json_texts(std::span<const std::string> texts);

/// Members in any order; written sorted. Names are ASCII.
class JsonObject {
  public:
    JsonObject& text(std::string name, std::string_view value) {
        return raw(std::move(name), json_text(value));
    }
    JsonObject& number(std::string name, std::uint64_t value) {
        return raw(std::move(name), std::to_string(value));
    }
    /// `json` is a canonical value already.
    JsonObject& raw(std::string name, std::string json) {
        members_[std::move(name)] = std::move(json);
        return *this;
    }
    [[nodiscard]] std::string str() const;

  private:
    std::map<std::string, std::string> members_;
};

}  // namespace visavis::ledger
