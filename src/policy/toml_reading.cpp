#include "policy/toml_reading.h"

#include <algorithm>

#include <fmt/format.h>

namespace visavis::policy {

Result<toml::table> parse_toml(std::string_view text, std::string_view what) {
    try {
        return toml::parse(text);
    } catch (const toml::parse_error& error) {
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("{}:{}: {}", what, error.source().begin.line, error.description()));
    }
}

const toml::node* TomlReader::find(std::string_view key) {
    known_.emplace_back(key);
    return table_.get(key);
}

void TomlReader::refuse(std::string_view key, std::string_view expected) {
    if (mistake_.empty()) mistake_ = fmt::format("{}: `{}` must be {}", where_, key, expected);
}

TomlReader& TomlReader::read(std::string_view key, std::string& target) {
    if (const toml::node* node = find(key); node != nullptr) {
        if (const auto value = node->value_exact<std::string>())
            target = *value;
        else
            refuse(key, "a text in quotes");
    }
    return *this;
}

TomlReader& TomlReader::read(std::string_view key, std::vector<std::string>& target) {
    const toml::node* node = find(key);
    if (node == nullptr) return *this;
    const toml::array* list = node->as_array();
    if (list == nullptr) {
        refuse(key, "a list of texts");
        return *this;
    }
    target.clear();
    for (const toml::node& item : *list) {
        if (const auto value = item.value_exact<std::string>())
            target.push_back(*value);
        else
            refuse(key, "a list of texts");
    }
    return *this;
}

TomlReader& TomlReader::read(std::string_view key, bool& target) {
    if (const toml::node* node = find(key); node != nullptr) {
        if (const auto value = node->value_exact<bool>())
            target = *value;
        else
            refuse(key, "true or false");
    }
    return *this;
}

TomlReader& TomlReader::read(std::string_view key, double& target) {
    if (const toml::node* node = find(key); node != nullptr) {
        if (const auto value = node->is_number() ? node->value<double>() : std::nullopt)
            target = *value;
        else
            refuse(key, "a number");
    }
    return *this;
}

TomlReader& TomlReader::read(std::string_view key, std::int64_t& target) {
    if (const toml::node* node = find(key); node != nullptr) {
        if (const auto value = node->value_exact<std::int64_t>())
            target = *value;
        else
            refuse(key, "a whole number");
    }
    return *this;
}

TomlReader& TomlReader::read(std::string_view key, TimePoint& target) {
    const toml::node* node = find(key);
    if (node == nullptr) return *this;
    const auto days = [](const toml::date& date) {
        return std::chrono::sys_days(std::chrono::year(date.year) / date.month / date.day);
    };
    if (const auto* day = node->as_date()) {
        target = days(day->get());
    } else if (const auto* moment = node->as_date_time()) {
        const auto& [date, time, offset] = moment->get();
        target = TimePoint(days(date)) + std::chrono::hours(time.hour) + std::chrono::minutes(time.minute) +
                 std::chrono::seconds(time.second) -
                 std::chrono::minutes(offset.value_or(toml::time_offset{}).minutes);
    } else {
        refuse(key, "a date or a date-time, without quotes");
    }
    return *this;
}

TomlReader& TomlReader::leave(std::initializer_list<std::string_view> keys) {
    for (const std::string_view key : keys) known_.emplace_back(key);
    return *this;
}

Result<void> TomlReader::finish() const {
    if (!mistake_.empty()) return fail(ErrorCode::kInvalidParameter, mistake_);
    for (const auto& [key, value] : table_)
        if (std::ranges::find(known_, key.str()) == known_.end())
            return fail(ErrorCode::kInvalidParameter, fmt::format("{}: `{}` is unknown (line {})", where_,
                                                                  key.str(), value.source().begin.line));
    return {};
}

}  // namespace visavis::policy
