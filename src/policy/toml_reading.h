// Reading TOML so that a misspelt key is an error and each error names its line.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

#include "base/clock.h"
#include "base/error.h"

namespace visavis::policy {

/// kInvalidParameter with line and reason if it is no TOML. `what` names the file.
[[nodiscard]] Result<toml::table> parse_toml(std::string_view text, std::string_view what);

/// Takes values out of one table and remembers the first mistake. A key that is absent leaves the target as
/// it is.
class TomlReader {
  public:
    /// `where` leads each message, e.g. `principals.toml: principals.alice`.
    TomlReader(const toml::table& table, std::string where) : table_(table), where_(std::move(where)) {}

    TomlReader& read(std::string_view key, std::string& target);
    TomlReader& read(std::string_view key, std::vector<std::string>& target);
    TomlReader& read(std::string_view key, bool& target);
    TomlReader& read(std::string_view key, double& target);
    TomlReader& read(std::string_view key, std::int64_t& target);
    TomlReader& read(std::string_view key, TimePoint& target);  ///< a date, or a date-time in UTC

    /// Keys that the caller reads by itself.
    TomlReader& leave(std::initializer_list<std::string_view> keys);

    /// The first mistake, or a key that nobody read.
    [[nodiscard]] Result<void> finish() const;

  private:
    const toml::node* find(std::string_view key);
    void refuse(std::string_view key, std::string_view expected);

    const toml::table& table_;
    std::string where_;
    std::vector<std::string> known_;
    std::string mistake_;
};

}  // namespace visavis::policy
