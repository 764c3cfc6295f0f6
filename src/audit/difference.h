// Two rates of the same thing under two systems, and what can be said of their difference.
#pragma once

#include <string>

#include <boost/json/fwd.hpp>

#include "audit/rate.h"

namespace visavis::audit {

/// Holds both rates, and with them both data sets: a difference is never a bare number either.
class Difference {
  public:
    Difference(Rate a, Rate b) : a_(std::move(a)), b_(std::move(b)) {}

    [[nodiscard]] const Rate& a() const noexcept { return a_; }
    [[nodiscard]] const Rate& b() const noexcept { return b_; }
    [[nodiscard]] bool too_few() const noexcept { return a_.too_few() || b_.too_few(); }

    /// Rate of B minus rate of A; 0 if too few.
    [[nodiscard]] double value() const noexcept;

    /// At 95 %, from the intervals of both (method of variance estimates recovery: Newcombe, 1998; Zou and
    /// Donner, 2008), which takes the two measurements as independent. On the same photographs they are not,
    /// and the interval is then wider than it need be.
    [[nodiscard]] Interval interval() const noexcept;

    /// Whether the interval leaves 0 out: +1 if B's rate is higher, −1 if it is lower, 0 if that cannot be
    /// told.
    [[nodiscard]] int sign() const noexcept;

    /// `+0.40 points (95 %: −0.10 to +0.90)`, or `too few to say`.
    [[nodiscard]] std::string sentence() const;

    /// {a: rate, b: rate, difference|null, low, high}
    [[nodiscard]] boost::json::object json() const;

  private:
    Rate a_;
    Rate b_;
};

}  // namespace visavis::audit
