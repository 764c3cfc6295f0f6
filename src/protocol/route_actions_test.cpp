#include <set>

#include <gtest/gtest.h>

#include "keys/access_keys.h"
#include "keys/sessions.h"
#include "policy/actions.h"
#include "protocol/archive_routes.h"
#include "protocol/case_routes.h"
#include "protocol/hand_over_routes.h"
#include "protocol/key_routes.h"
#include "protocol/ledger_routes.h"
#include "protocol/retention_routes.h"
#include "protocol/role_routes.h"

namespace visavis::protocol {
namespace {

// A route that policy has no action for would be refused to everybody; one that is not asked about would be
// open to everybody. The exceptions are named here, with what guards them instead.
TEST(Routes, AreActionsThatPolicyKnows) {
    const std::set<std::string> others{
        "RotateKey",         // the operator at the machine only
        "DescribeTransfer",  // the same
    };
    const keys::SealKey key = keys::SealKey::generate();
    const std::string directory = testing::TempDir() + "visavis-routes-";
    const auto access_keys = keys::AccessKeys::open(directory + "keys", key).value();
    const auto sessions = keys::Sessions::open(directory + "sessions", key).value();
    Router router;
    add_ledger_routes(router, nullptr, "");
    add_hand_over_routes(router, nullptr);
    add_key_routes(router, *access_keys);
    add_role_routes(router, *sessions);
    add_case_routes(router);
    add_retention_routes(router);
    add_archive_routes(router);
    std::size_t governed = 0;
    for (const Route& route : router.routes()) {
        if (route.is_public || others.contains(route.operation)) continue;
        EXPECT_NE(policy::find_action(route.operation), nullptr) << route.method << " " << route.pattern;
        ++governed;
    }
    EXPECT_GE(governed, 25U);
}

// What is decided of this issue's own operations beyond Rekognition's.
TEST(Routes, EveryStepOfGovernanceIsAnAction) {
    for (const char* operation :
         {"ExportCollection", "ImportCollection", "HandOverResult", "ApproveAccessKey", "RetentionStatus",
          "SweepRetention", "OpenCase", "ApproveCase", "AssumeRole", "SetPolicyTags"})
        EXPECT_NE(policy::find_action(operation), nullptr) << operation;
}

}  // namespace
}  // namespace visavis::protocol
