#include "protocol/sts_routes.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "engine/arn.h"
#include "engine/assume_role.h"
#include "policy/vocabulary.h"
#include "protocol/form.h"

namespace visavis::protocol {
namespace {

constexpr std::string_view kXml = "text/xml";
constexpr std::string_view kNamespace = "https://sts.amazonaws.com/doc/2011-06-15/";

std::string escaped(std::string_view text) {
    std::string made;
    for (const char c : text) {
        if (c == '<')
            made += "&lt;";
        else if (c == '>')
            made += "&gt;";
        else if (c == '&')
            made += "&amp;";
        else if (c == '"')
            made += "&quot;";
        else
            made += c;
    }
    return made;
}

server::Response refusal(std::string_view code, std::string_view message, int status,
                         std::string_view request_id, std::string_view operation) {
    return {.status = status,
            .content_type = std::string(kXml),
            .headers = {},
            .body = fmt::format(
                "<ErrorResponse xmlns=\"{}\">\n  <Error>\n    <Type>{}</Type>\n    <Code>{}</Code>\n"
                "    <Message>{}</Message>\n  </Error>\n  <RequestId>{}</RequestId>\n</ErrorResponse>\n",
                kNamespace, status >= 500 ? "Receiver" : "Sender", code, escaped(message), request_id),
            .operation = std::string(operation),
            .outcome = std::string(code)};
}

/// STS's own names for what the verifier of signatures refuses; its status is 403.
server::Response refuse_signature(const Exception& exception, std::string_view request_id) {
    struct Name {
        std::string_view json;
        std::string_view query;
    };
    static constexpr std::array kNames{
        Name{"MissingAuthenticationTokenException", "MissingAuthenticationToken"},
        Name{"IncompleteSignatureException", "IncompleteSignature"},
        Name{"InvalidSignatureException", "SignatureDoesNotMatch"},
        Name{"UnrecognizedClientException", "InvalidClientTokenId"},
        Name{"ExpiredTokenException", "ExpiredToken"},
    };
    const auto* const found = std::ranges::find(kNames, std::string_view(exception.type), &Name::json);
    return refusal(found == kNames.end() ? std::string_view(exception.type) : found->query, exception.message,
                   403, request_id, "sts");
}

server::Response refuse(const Error& error, const RouteCall& call, std::string_view operation) {
    const std::string& id = call.request.request_id;
    switch (error.code) {
        case ErrorCode::kAccessDenied:
            return refusal("AccessDenied", error.message, 403, id, operation);
        case ErrorCode::kUnavailable:
        case ErrorCode::kInternal:
            return refusal("InternalFailure", call.local ? error.message : "Internal server error", 500, id,
                           operation);
        default:
            return refusal("ValidationError", error.message, 400, id, operation);
    }
}

server::Response answer(std::string_view operation, std::string_view result, const RouteCall& call) {
    return {.status = 200,
            .content_type = std::string(kXml),
            .headers = {},
            .body = fmt::format(
                "<{0}Response xmlns=\"{1}\">\n  <{0}Result>\n{2}  </{0}Result>\n  <ResponseMetadata>\n"
                "    <RequestId>{3}</RequestId>\n  </ResponseMetadata>\n</{0}Response>\n",
                operation, kNamespace, result, call.request.request_id),
            .operation = std::string(operation),
            .outcome = "ok"};
}

std::string field(const Form& form, std::string_view name) {
    const auto found = form.find(name);
    return found == form.end() ? std::string() : found->second;
}

Result<policy::SessionWish> wish_of(const Form& form) {
    policy::SessionWish wish;
    if (const std::string text = field(form, "DurationSeconds"); !text.empty()) {
        std::int64_t seconds = 0;
        const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), seconds);
        if (failed != std::errc() || end != text.data() + text.size())
            return fail(ErrorCode::kValidation, fmt::format("`{}` is no number of seconds", text));
        wish.duration = std::chrono::seconds(seconds);
    }
    for (const auto& [key, value] : tags_of_form(form)) {
        if (key == "purpose")
            wish.purpose = value;
        else if (key == "case")
            wish.case_id = value;
        else if (key == "recipient")
            wish.recipient = value;
        else if (key == "basis")
            wish.basis = value;
        else if (key == "collection")
            wish.collections.push_back(value);
        else
            return fail(
                ErrorCode::kValidation,
                fmt::format(
                    "`{}` is no session tag; there are purpose, case, recipient, basis and collection", key));
    }
    return wish;
}

Result<engine::AssumeRoleRequest> request_of(const Form& form) {
    if (form.contains("Policy") || form.contains("PolicyArns.member.1.arn"))
        return fail(ErrorCode::kValidation, "session policies are not supported; a role says what it is for");
    const std::string arn = field(form, "RoleArn");
    const std::size_t at = arn.find(":role/");
    if (!arn.starts_with("arn:") || at == std::string::npos)
        return fail(ErrorCode::kValidation,
                    fmt::format("`{}` is no RoleArn (arn:aws:iam::000000000000:role/NAME)", arn));
    auto wish = wish_of(form);
    if (!wish) return std::unexpected(wish.error());
    engine::AssumeRoleRequest request{
        .role = arn.substr(at + 6), .session_name = field(form, "RoleSessionName"), .wish = std::move(*wish)};
    if (auto named = policy::check_name(request.role, "role"); !named) return std::unexpected(named.error());
    if (auto named = policy::check_name(request.session_name, "RoleSessionName"); !named)
        return std::unexpected(named.error());
    return request;
}

server::Response assume_role(const RouteCall& call, const Form& form, const keys::AccessKeys& keys,
                             const keys::Sessions& sessions) {
    constexpr std::string_view kOperation = "AssumeRole";
    const auto request = request_of(form);
    if (!request) return refuse(request.error(), call, kOperation);
    std::optional<TimePoint> parent_expires;
    if (const auto parent = keys.find(call.caller.access_key_id)) parent_expires = parent->expires;
    engine::Call& called = call.called;
    const auto session = engine::assume_role(call.engine, called, sessions, parent_expires, *request);
    if (!session) return refuse(session.error(), call, kOperation);
    return answer(
        kOperation,
        fmt::format("    <Credentials>\n      <AccessKeyId>{}</AccessKeyId>\n"
                    "      <SecretAccessKey>{}</SecretAccessKey>\n      <SessionToken>{}</SessionToken>\n"
                    "      <Expiration>{:%Y-%m-%dT%H:%M:%SZ}</Expiration>\n    </Credentials>\n"
                    "    <AssumedRoleUser>\n      <Arn>arn:aws:sts::{}:assumed-role/{}/{}</Arn>\n"
                    "      <AssumedRoleId>{}:{}</AssumedRoleId>\n    </AssumedRoleUser>\n",
                    session->id, session->secret, session->token,
                    fmt::gmtime(std::chrono::system_clock::to_time_t(session->expires)), session->account,
                    escaped(session->role), escaped(session->name), session->id, escaped(session->name)),
        call);
}

/// STS's requests are forms. Anything else that is sent to `/` is a Rekognition call that lacks its target,
/// unless it was signed for STS.
bool is_for_sts(const server::Request& head) {
    const auto type = head.header("content-type").value_or(std::string_view{});
    const auto signed_for = head.header("authorization").value_or(std::string_view{});
    return type.starts_with("application/x-www-form-urlencoded") || signed_for.contains("/sts/aws4_request");
}

server::Response caller_identity(const RouteCall& call) {
    return answer("GetCallerIdentity",
                  fmt::format("    <Arn>{}</Arn>\n    <UserId>{}</UserId>\n    <Account>{}</Account>\n",
                              escaped(engine::user_arn(call.caller)),
                              escaped(call.caller.access_key_id.empty() ? call.caller.principal
                                                                        : call.caller.access_key_id),
                              call.caller.account),
                  call);
}

}  // namespace

void add_sts_routes(Router& router, const keys::AccessKeys& keys, const keys::Sessions& sessions) {
    router.add({.method = "POST",
                .pattern = "/",
                .operation = "sts",
                .service = "sts",
                .takes = is_for_sts,
                .answer =
                    [&keys, &sessions](const RouteCall& call) {
                        const auto form = parse_form(call.request.body);
                        if (!form) return refuse(form.error(), call, "sts");
                        const std::string action = field(*form, "Action");
                        if (action == "AssumeRole") return assume_role(call, *form, keys, sessions);
                        if (action == "GetCallerIdentity") return caller_identity(call);
                        return refusal(
                            "InvalidAction",
                            fmt::format("`{}` is no operation of STS that this server has; there are "
                                        "AssumeRole and GetCallerIdentity",
                                        action.substr(0, 64)),
                            400, call.request.request_id, "sts");
                    },
                .refuse = refuse_signature});
}

}  // namespace visavis::protocol
