// Parts of the attribute audit, one function a section. Internal to this layer: attributes.h is the way in.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "audit/attributes.h"

namespace visavis::audit {

/// Labels and answers by the index of the set's pictures.
struct Described {
    const DataSet& set;
    const std::vector<AttributeLabels>& labels;
    const AttributeAnswers& answers;
};

struct Count {
    std::uint64_t events{};
    std::uint64_t trials{};
    void add(bool event) {
        ++trials;
        events += event ? 1U : 0U;
    }
    [[nodiscard]] Rate rate(const DataSet& set) const {
        return Rate::of_trials(events, trials, set.composition);
    }
};

using Counts = std::map<std::string, Count>;
using NamedRates = std::vector<std::pair<std::string, Rate>>;

/// Highest rate first; groups with too few pictures last.
[[nodiscard]] NamedRates worst_first(const Counts& counts, const DataSet& set);

/// A higher rate is worse.
[[nodiscard]] Table table_of(std::string id, std::string title, std::string what, const NamedRates& rows,
                             std::string first_column);

/// Years from which on appearance is taken to say something of gender.
inline constexpr double kAdult = 20;

/// How often answers said with some Confidence were right.
class Calibration {
  public:
    /// `confidence`: 50…100.
    void add(float confidence, bool right);
    [[nodiscard]] bool empty() const noexcept { return answers_.empty(); }
    [[nodiscard]] Table table(const std::string& title, const DataSet& set) const;
    [[nodiscard]] CalibrationChart chart(const std::string& title, const DataSet& set) const;

  private:
    struct Bin {
        int from{};  // per cent
        int to{};
        Count right;
        double said{};  // mean
    };
    [[nodiscard]] std::vector<Bin> bins() const;

    std::vector<std::pair<float, bool>> answers_;
};

[[nodiscard]] Section failures_section(const Described& of);
[[nodiscard]] Section gender_section(const Described& of);
[[nodiscard]] Section age_section(const Described& of);
[[nodiscard]] Section states_section(const Described& of);
[[nodiscard]] Section calibration_section(const Described& of);
[[nodiscard]] Section landmarks_section(const Described& of);
[[nodiscard]] Section pose_section(const Described& of);

}  // namespace visavis::audit
