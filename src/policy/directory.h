// Who the principals are: what the operator vouches for in principals.toml. docs/policy.md shows one.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "policy/model.h"

namespace visavis::policy {

/// Principal of the key made at the first start.
inline constexpr std::string_view kRootPrincipal = "root";
/// Whoever may read the data directory and uses the command line.
inline constexpr std::string_view kLocalOperator = "local-operator";

/// Immutable after parse(); thread-safe.
class Directory {
  public:
    Directory() = default;

    /// Tables `organisations.NAME` {sector, registered-as} and `principals.NAME` {organisation, role,
    /// trained-until, root}; other tables are ignored if `others` says so. kInvalidParameter, naming the
    /// place, for an unknown key or sector, a bad name, or a principal of an organisation that is not there.
    [[nodiscard]] static Result<Directory> parse(std::string_view text, std::string_view what,
                                                 bool others = false);

    /// parse() of the file; an empty directory if there is none.
    [[nodiscard]] static Result<Directory> load(const std::string& path);

    /// As the file says. One that it does not name has only a name; kRootPrincipal and kLocalOperator are
    /// root.
    [[nodiscard]] Principal principal(std::string_view name) const;

    /// The names in the file, in order.
    [[nodiscard]] std::vector<std::string> names() const;

  private:
    std::map<std::string, Principal, std::less<>> principals_;
};

}  // namespace visavis::policy
