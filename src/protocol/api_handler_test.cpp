// The front door without pictures: what is refused, and with which words. Recognition itself is tested
// through the real clients (tests/conformance).
#include "protocol/api_handler.h"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "protocol/exceptions.h"
#include "protocol/notes.h"
#include "protocol/operation.h"
#include "protocol/service_model.h"

namespace visavis::protocol {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

/// Knows nobody.
class Nobody final : public Credentials {
  public:
    [[nodiscard]] std::optional<Credential> find(std::string_view /*id*/, std::string_view /*token*/,
                                                 TimePoint /*now*/) const override {
        return std::nullopt;
    }
};

match::SimilarityScale scale() {
    auto loaded = match::SimilarityScale::load(VISAVIS_SOURCE_DIR "/models/default/calibration.json");
    EXPECT_TRUE(loaded) << loaded.error().message;
    return std::move(*loaded);
}

std::string header(const server::Response& response, std::string_view name) {
    for (const server::Header& one : response.headers)
        if (one.name == name) return one.value;
    return {};
}

class FrontDoor : public testing::Test {
  protected:
    FrontDoor() {
        const auto answer = [](std::string label) {
            return [label = std::move(label)](const RouteCall& call) {
                boost::json::object body{{"label", label}, {"principal", call.caller.principal}};
                for (const auto& [name, value] : call.parameters) body[name] = value;
                return json_response(body, label);
            };
        };
        router_.add({.method = "GET",
                     .pattern = "/v1/receipts/{index}",
                     .operation = "GetReceipt",
                     .answer = answer("GetReceipt")});
        router_.add({.method = "GET",
                     .pattern = "/ledger/tile/{path...}",
                     .operation = "GetTile",
                     .is_public = true,
                     .quick = true,
                     .answer = answer("GetTile")});
        router_.add({.method = "POST",
                     .pattern = "/v1/receipts/{index}/open",
                     .operation = "Open",
                     .answer = answer("Open")});
    }

    server::Response send(std::string method, std::string target, std::string operation, std::string body,
                          bool local) {
        server::Request request;
        request.method = std::move(method);
        request.target = std::move(target);
        request.body = std::move(body);
        request.local = local;
        request.remote_address = local ? "" : "203.0.113.7";
        request.request_id = "0e7f1c7a-7a35-4f0c-9a5f-3c1df8b6a1d2";
        if (!operation.empty())
            request.headers.push_back({.name = "x-amz-target", .value = std::move(operation)});
        return handler_.handle(request);
    }

    server::Response call(std::string_view operation, std::string body) {
        return send("POST", "/", "RekognitionService." + std::string(operation), std::move(body), true);
    }

    /// Type and text of an error, which must be told alike in body and header.
    static std::pair<std::string, std::string> error_of_response(const server::Response& response) {
        const auto body = boost::json::parse(response.body).as_object();
        const std::string type(body.at("__type").as_string());
        EXPECT_EQ(header(response, "x-amzn-ErrorType"), type);
        EXPECT_EQ(response.outcome, type);
        const auto* message = body.if_contains("message");
        return {type, std::string((message != nullptr ? *message : body.at("Message")).as_string())};
    }

    Router router_;
    Nobody credentials_;
    server::Metrics metrics_;
    engine::Engine engine_{engine::EngineParts{.pipeline = nullptr, .scale = scale()}};
    ApiHandler handler_{engine_, credentials_, router_, metrics_};
};

TEST_F(FrontDoor, OtherOperationsAreRefusedByName) {
    for (const std::string_view name : model::other_operations()) {
        const auto response = call(name, "{}");
        EXPECT_EQ(response.status, 400);
        EXPECT_EQ(response.operation, "unknown");
        const auto [type, message] = error_of_response(response);
        EXPECT_EQ(type, "UnknownOperationException");
        EXPECT_EQ(message, std::string(name) +
                               " is an Amazon Rekognition operation that this server does not implement; it "
                               "implements face operations only.");
    }
    for (const model::Operation& operation : model::face_operations()) {
        const auto known = std::ranges::find(answered_operations(), operation.name, &Operation::name);
        if (known != answered_operations().end()) continue;
        EXPECT_EQ(error_of_response(call(operation.name, "{}")).second,
                  std::string(operation.name) +
                      " is an Amazon Rekognition operation that this server does not implement.");
    }
    EXPECT_EQ(error_of_response(call("Nonsense", "{}")).second, "Unknown operation: Nonsense.");
    EXPECT_EQ(error_of_response(send("POST", "/", "DynamoDB_20120810.ListTables", "{}", true)).second,
              "Unknown operation: DynamoDB_20120810.ListTables.");
    EXPECT_EQ(error_of_response(send("POST", "/", "DetectFaces", "{}", true)).second,
              "Unknown operation: `DetectFaces` without `RekognitionService.` before it.");
    EXPECT_EQ(error_of_response(send("POST", "/", "", "{}", true)).second,
              "The request has no X-Amz-Target header, so it names no operation.");
}

TEST_F(FrontDoor, EveryAnsweredOperationIsInTheModel) {
    for (const Operation& operation : answered_operations()) {
        EXPECT_NE(std::ranges::find(model::face_operations(), operation.name, &model::Operation::name),
                  model::face_operations().end())
            << operation.name;
    }
}

TEST_F(FrontDoor, BodiesThatAreNoJsonObject) {
    const auto said = [&](std::string body) {
        const auto response = call("DetectFaces", std::move(body));
        EXPECT_EQ(response.status, 400);
        const auto [type, message] = error_of_response(response);
        EXPECT_EQ(type, "SerializationException");
        return message;
    };
    EXPECT_THAT(said("{"), StartsWith("The request's body is not JSON: "));
    EXPECT_THAT(said("{\"Image\":{}} x"), StartsWith("The request's body is not JSON: "));
    EXPECT_THAT(said("{\"a\":\"\xff\"}"), StartsWith("The request's body is not JSON: "));
    EXPECT_EQ(said("[]"), "The request's body must be a JSON object.");
    EXPECT_THAT(said("{\"a\":" + std::string(100'000, '[')), StartsWith("The request's body is not JSON: "));
    EXPECT_EQ(said(R"({"Image":"x"})"), "`image` must be an object; found string");
    EXPECT_EQ(said(R"({"Image":{"Bytes":"****"}})"), "`Image.Bytes`: not a base64 digit at position 0");
    EXPECT_EQ(error_of_response(call("DetectFaces", "")).first, "ValidationException")
        << "an empty body is an empty object";
}

TEST_F(FrontDoor, ImagesNeedOneSource) {
    for (const auto* image :
         {R"({})", R"({"Bytes":null})", R"({"Bytes":"AAAA","S3Object":{"Bucket":"bbb","Name":"k"}})"}) {
        const auto response = call("DetectFaces", std::string(R"({"Image":)") + image + "}");
        const auto [type, message] = error_of_response(response);
        EXPECT_EQ(type, "InvalidParameterException");
        EXPECT_EQ(message,
                  "Request has invalid parameters: `Image` needs exactly one of `Bytes` and `S3Object`");
        const auto body = boost::json::parse(response.body).as_object();
        EXPECT_EQ(body.at("Code"), "InvalidParameterException");
        EXPECT_EQ(body.at("Logref"), "0e7f1c7a-7a35-4f0c-9a5f-3c1df8b6a1d2");
    }
    EXPECT_EQ(error_of_response(call("DetectFaces", R"({"Image":{"S3Object":{"Bucket":"bbb"}}})")),
              (std::pair<std::string, std::string>{
                  "InvalidS3ObjectException",
                  "Request has invalid S3 object: `Image.S3Object` needs `Bucket` and `Name`"}));
}

TEST_F(FrontDoor, WithoutASignatureNothingButPublicRoutes) {
    const auto refused = send("POST", "/", "RekognitionService.DetectFaces", "{}", false);
    EXPECT_EQ(error_of_response(refused).first, "MissingAuthenticationTokenException");
    EXPECT_EQ(refused.operation, "DetectFaces");
    EXPECT_EQ(error_of_response(send("GET", "/v1/receipts/7", "", "", false)).first,
              "MissingAuthenticationTokenException");
    const auto tile = send("GET", "/ledger/tile/0/x001/234", "", "", false);
    EXPECT_EQ(tile.body, R"({"label":"GetTile","principal":"","path":"0/x001/234"})");
    EXPECT_THAT(
        metrics_.text(),
        HasSubstr(
            R"(visavis_authentication_failures_total{exception="MissingAuthenticationTokenException"} 2)"));
}

TEST_F(FrontDoor, RoutesTakeParametersMethodsAndTheLocalOperator) {
    EXPECT_EQ(send("GET", "/v1/receipts/7?x=y", "", "", true).body,
              R"({"label":"GetReceipt","principal":"local-operator","index":"7"})");
    EXPECT_EQ(send("HEAD", "/v1/receipts/7", "", "", true).status, 200);
    EXPECT_EQ(send("GET", "/v1/receipts/a%20b", "", "", true).body,
              R"({"label":"GetReceipt","principal":"local-operator","index":"a b"})");
    for (const auto* path : {"/v1/receipts/", "/v1/receipts", "/v1/receipts/7/", "/v1/receipts/a%2fb",
                             "/v1/receipts/%00", "/v1/receipts/%zz", "/v1/receipts/%4", "/nowhere"}) {
        const auto response = send("GET", path, "", "", true);
        EXPECT_EQ(response.status, 404) << path;
        EXPECT_EQ(error_of_response(response).first, "ResourceNotFoundException");
    }
    const auto wrong = send("DELETE", "/v1/receipts/7/open", "", "", true);
    EXPECT_EQ(wrong.status, 405);
    EXPECT_EQ(header(wrong, "Allow"), "POST");
}

TEST_F(FrontDoor, OnlyQuickRoutesAreQuick) {
    server::Request head;
    head.method = "POST";
    head.target = "/";
    head.headers.push_back({.name = "X-Amz-Target", .value = "RekognitionService.DetectFaces"});
    EXPECT_FALSE(handler_.quick(head));
    head.headers.clear();
    head.method = "GET";
    head.target = "/ledger/tile/0/000";
    EXPECT_TRUE(handler_.quick(head));
    head.target = "/v1/receipts/7";
    EXPECT_FALSE(handler_.quick(head));
}

TEST_F(FrontDoor, RefusalsOfTheServerItselfAreJson) {
    using enum server::RejectionReason;
    const auto refused = [&](server::RejectionReason reason) {
        return handler_.reject({.reason = reason, .message = "why", .request_id = "id", .head = nullptr});
    };
    for (const auto reason : {kQueueFull, kBudgetFull, kConnectionsFull, kStopping}) {
        const auto response = refused(reason);
        EXPECT_EQ(response.status, 400) << "a bare 503 is retried blindly";
        EXPECT_EQ(error_of_response(response),
                  (std::pair<std::string, std::string>{
                      "ThrottlingException", "Slow down; sudden increase in rate of requests. (why)"}));
    }
    for (const auto reason : {kMalformed, kHeaderTooLarge, kBodyTooLarge})
        EXPECT_EQ(error_of_response(refused(reason)),
                  (std::pair<std::string, std::string>{"ValidationException", "why"}));
    EXPECT_EQ(error_of_response(refused(kTimeout)).first, "RequestTimeoutException");
    EXPECT_EQ(refused(kInternal).status, 500);
    EXPECT_EQ(error_of_response(refused(kInternal)),
              (std::pair<std::string, std::string>{"InternalServerError", "Internal server error"}));
}

TEST(Exceptions, EveryErrorHasOneAndComesBack) {
    for (int i = 0; i <= static_cast<int>(ErrorCode::kSerialization); ++i) {
        const auto code = static_cast<ErrorCode>(i);
        const Exception exception = exception_of({.code = code, .message = "m"}, true);
        EXPECT_FALSE(exception.type.empty());
        EXPECT_EQ(exception.message, "m");
        const bool ours = code == ErrorCode::kInternal || code == ErrorCode::kUnavailable;
        EXPECT_EQ(exception.status, ours ? 500 : 400) << exception.type;
        if (code != ErrorCode::kUnavailable) {
            EXPECT_EQ(visavis::protocol::error_of(exception.type, "m").code, code);
        }
    }
}

TEST(Exceptions, WhatBrokeIsToldToTheOperatorOnly) {
    const Error broken{.code = ErrorCode::kInternal, .message = "`/data/visavis.db` is damaged"};
    EXPECT_EQ(exception_of(broken, false).message, "Internal server error");
    EXPECT_EQ(exception_of(broken, true).message, broken.message);
    const Error full{.code = ErrorCode::kUnavailable, .message = "`/data/ledger` cannot be written"};
    EXPECT_EQ(exception_of(full, false).message, "Service Unavailable");
}

TEST(Notes, SayInMemberAndHeadersWhatApplies) {
    engine::AnswerNotes notes;
    EXPECT_TRUE(notes_member(notes).empty());
    EXPECT_TRUE(notes_headers(notes).empty());
    notes.threshold = 80;
    notes.threshold_fmr = {.value = 2.5e-6, .low = 1e-6, .high = 5e-6};
    notes.gallery_size = 533;
    notes.expected_false_matches = {.value = 0.0013, .low = 0.001, .high = 0.002};
    notes.fpir = {.value = 0.0013, .low = 0.001, .high = 0.002};
    notes.match_rates = {{.fmr = 1e-7, .extrapolated = true}, {.fmr = 1e-3}};
    notes.extrapolated = true;
    notes.pack = "default 1.0";
    notes.curve = "ab12";
    notes.receipt = {.log = "example.org/log", .index = 41};
    EXPECT_EQ(boost::json::value(notes_member(notes)),
              boost::json::parse(R"({"Threshold":80.0,"ThresholdFmr":{"Value":2.5e-6,"Low":1e-6,"High":5e-6},
                  "Extrapolated":true,"MatchFmr":[1e-7,1e-3],"MatchExtrapolated":[true,false],"GallerySize":533,
                  "ExpectedFalseMatches":{"Value":0.0013,"Low":0.001,"High":0.002},
                  "Fpir":{"Value":0.0013,"Low":0.001,"High":0.002},"Pack":"default 1.0","Curve":"ab12",
                  "Receipt":{"Log":"example.org/log","Index":41}})"));
    std::string lines;
    for (const auto& one : notes_headers(notes)) lines += one.name + "=" + one.value + "\n";
    EXPECT_EQ(lines,
              "x-visavis-threshold=80\nx-visavis-fmr=2.5e-06\nx-visavis-fmr-interval=1e-06 5e-06\n"
              "x-visavis-match-fmr=1e-07 0.001\nx-visavis-extrapolated=true\n"
              "x-visavis-gallery-size=533\n"
              "x-visavis-expected-false-matches=0.0013\nx-visavis-fpir=0.0013\nx-visavis-fpir-interval=0.001 "
              "0.002\nx-visavis-pack=default 1.0\n"
              "x-visavis-curve=ab12\nx-visavis-receipt=41 example.org/log\n");
    notes.threshold_fmr = {.value = 0.2, .low = {}, .high = {}};
    EXPECT_EQ(notes_member(notes).at("ThresholdFmr"), boost::json::parse(R"({"Value":0.2})"));
}

}  // namespace
}  // namespace visavis::protocol
