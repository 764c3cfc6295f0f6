// The policy in force: the set, who is who, and the roles, loaded and replaced as one.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/error.h"
#include "policy/directory.h"
#include "policy/policy_set.h"
#include "policy/roles.h"

namespace visavis::policy {

struct InForce {
    std::shared_ptr<const PolicySet> set;
    Directory directory;
    Roles roles;
};

struct KeeperPaths {
    std::string policies;    ///< directory of *.cedar and parameters.toml
    std::string history;     ///< directory; each set that was in force is kept in it under its hash
    std::string principals;  ///< principals.toml; may be absent
    std::string roles;       ///< roles.toml; may be absent
};

/// Thread-safe. A decision uses the InForce that it took, whatever is reloaded meanwhile.
class Keeper {
  public:
    /// Loads everything. Where the directory holds no policy yet, `first_profile` is written into it; empty:
    /// kNotFound then. Other errors: those of PolicySet::load, Directory::load, Roles::load, each naming file
    /// and line.
    [[nodiscard]] static Result<std::unique_ptr<Keeper>> open(KeeperPaths paths,
                                                              std::string_view first_profile);

    [[nodiscard]] std::shared_ptr<const InForce> current() const;

    /// Loads anew and, if all of it is valid, puts it in force; else gives the error, and what was in force
    /// stays.
    [[nodiscard]] Result<void> reload();

  private:
    explicit Keeper(KeeperPaths paths) : paths_(std::move(paths)) {}
    [[nodiscard]] Result<std::shared_ptr<const InForce>> load() const;
    [[nodiscard]] Result<void> keep_history(const PolicySet& set) const;

    KeeperPaths paths_;
    mutable std::mutex mutex_;
    std::shared_ptr<const InForce> current_;  // guarded by mutex_
};

}  // namespace visavis::policy
