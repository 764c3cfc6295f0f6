#include "server/handler.h"

#include <gtest/gtest.h>

namespace visavis::server {
namespace {

TEST(Request, FindsTheFirstHeaderInAnyCase) {
    Request request;
    request.headers = {{"Host", "a"}, {"X-Amz-Target", "RekognitionService.DetectFaces"}, {"host", "b"}};
    EXPECT_EQ(request.header("x-amz-target"), "RekognitionService.DetectFaces");
    EXPECT_EQ(request.header("HOST"), "a");
    EXPECT_EQ(request.header("Hos"), std::nullopt);
}

TEST(Request, SplitsTheTargetAtTheFirstQuestionMark) {
    Request request;
    request.target = "/v1/x?y=z?";
    EXPECT_EQ(request.path(), "/v1/x");
    EXPECT_EQ(request.query(), "y=z?");
    request.target = "/";
    EXPECT_EQ(request.path(), "/");
    EXPECT_EQ(request.query(), "");
}

}  // namespace
}  // namespace visavis::server
