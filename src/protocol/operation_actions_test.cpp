#include <gtest/gtest.h>

#include "policy/actions.h"
#include "protocol/operation.h"

namespace visavis::protocol {
namespace {

// An operation that policy has no action for would be refused to everybody.
TEST(Operations, AreActionsThatPolicyKnows) {
    EXPECT_GE(answered_operations().size(), 2U);
    for (const Operation& operation : answered_operations())
        EXPECT_NE(policy::find_action(operation.name), nullptr) << operation.name;
}

}  // namespace
}  // namespace visavis::protocol
