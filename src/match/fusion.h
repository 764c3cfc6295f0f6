// One template of a person out of several. How, and what other ways gave, is in
// docs/decisions/0021-user-fusion.md.
#pragma once

#include <span>
#include <vector>

namespace visavis::match {

/// The unit-norm mean of `templates` (one or more, each of unit norm and of one length). Of three or more,
/// those that resemble the others' mean far less than the rest do are left out: a stranger's face that was
/// associated by mistake does not drag the person's template along. Does not depend on their order beyond
/// rounding.
[[nodiscard]] std::vector<float> fuse(std::span<const std::span<const float>> templates);

}  // namespace visavis::match
