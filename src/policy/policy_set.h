// One set of policies: parsed, validated, immutable; and the decision it gives.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "policy/model.h"
#include "policy/request_json.h"

namespace visavis::policy {

// A set comes from whoever may write to its directory; these keep a mistake from taking the server down.
inline constexpr std::size_t kMaxPolicyFileBytes = 4UL << 20;
inline constexpr std::size_t kMaxPolicyBytes = 32UL << 20;  // of a whole set
inline constexpr std::size_t kMaxPolicyFiles = 1'000;
inline constexpr int kMaxPolicyNesting = 48;  // brackets within brackets; Cedar's parser recurses with them

struct PolicyFile {
    std::string name;  ///< e.g. `moratorium.cedar`
    std::string text;
};

/// What a directory holds: *.cedar, and parameters.toml if there is one. cases.toml and anything else is left
/// alone.
struct PolicySources {
    std::vector<PolicyFile> files;  ///< by name
    std::string parameters;         ///< TOML: a table `dates` of names and dates
};

/// kNotFound if there is no such directory or no *.cedar in it; kInvalidParameter for a file above the caps.
[[nodiscard]] Result<PolicySources> read_policy_directory(const std::string& directory);

struct PolicyInfo {
    std::string id;  ///< of its @id
    bool permits{};
    std::string file;
    std::size_t line{};
    std::map<std::string, std::string> annotations;  ///< @id, @advice, @source…
    std::string text;
};

struct Decision {
    bool allowed{};
    std::vector<std::string> policies;  ///< that decided; empty for the default refusal
    std::vector<std::string> advice;    ///< their @advice, where they have one
    std::string explanation;            ///< one sentence for a person
    std::string policy_hash;            ///< of the set that decided
};

/// Thread-safe: nothing changes after compile().
class PolicySet {
  public:
    /// The floor (policies/floor.cedar, part of every set) and `sources` together. kInvalidParameter, with
    /// one line `file:line: what` per mistake, if anything does not parse, has no or a used @id, does not
    /// agree with the schema, or is above the caps.
    [[nodiscard]] static Result<std::shared_ptr<const PolicySet>> compile(const PolicySources& sources);

    /// read_policy_directory and compile.
    [[nodiscard]] static Result<std::shared_ptr<const PolicySet>> load(const std::string& directory);

    ~PolicySet();
    PolicySet(const PolicySet&) = delete;
    PolicySet& operator=(const PolicySet&) = delete;

    /// Allowed only if some policy permits, none forbids, none failed to evaluate, and the request agrees
    /// with the schema; otherwise refused, with the reason in `explanation`. Policies see times in whole
    /// seconds; the same question within a second is answered from memory.
    [[nodiscard]] Decision authorise(const Request& request) const;

    /// The same with other dates than the set's own: for tests of a profile's parameters.
    [[nodiscard]] Decision authorise(const Request& request, const Dates& dates) const;

    [[nodiscard]] const std::string& hash() const noexcept { return hash_; }  ///< SHA-256, lower-case hex
    [[nodiscard]] const std::vector<PolicyInfo>& policies() const noexcept { return policies_; }
    [[nodiscard]] const std::vector<std::string>& warnings() const noexcept { return warnings_; }
    [[nodiscard]] const Dates& dates() const noexcept { return dates_; }
    [[nodiscard]] const PolicySources& sources() const noexcept { return sources_; }

  private:
    struct Engine;
    struct Memory;
    PolicySet();
    [[nodiscard]] Decision evaluate(const std::string& call, const Request& request) const;
    void explain(Decision& decision, const Request& request) const;

    PolicySources sources_;
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<Memory> memory_;
    std::vector<PolicyInfo> policies_;
    std::map<std::string, std::size_t, std::less<>> index_;  ///< id → place in policies_
    std::vector<std::string> warnings_;
    Dates dates_;
    std::string hash_;
};

/// Cedar's versions, e.g. `4.14.1 4.5.0`.
[[nodiscard]] std::string cedar_version();

}  // namespace visavis::policy
