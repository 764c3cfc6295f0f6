#include "endpoint_calls.h"

#include <atomic>
#include <csignal>

namespace visavis::app {
namespace {

// Set by the signal handler, which has nothing else to reach: lock-free.
std::atomic<bool> interrupted{false};  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

void interrupt(int) {
    interrupted = true;
}

/// An operation that refuses so many pictures before it takes one does not refuse them for what they are.
constexpr std::size_t kMostRefusalsAtFirst = 20;

/// What a refused picture counts as.
std::string_view counts_as(std::string_view operation) {
    if (operation == "CompareFaces") return "count as not recognised";
    if (operation == "DetectFaces") return "count as without a face";
    if (operation == "IndexFaces") return "count as refused by the filter";
    return "count as without a match, which flatters where a match would be false";
}

Error failed(const std::string& operation, const ServiceError& error) {
    std::string words =
        fmt::format("{}: {}{}{}", operation, error.type, error.type.empty() ? "" : ": ", error.message);
    const bool picture = error.type == "InvalidParameterException" ||
                         error.type == "InvalidImageFormatException" ||
                         error.type == "ImageTooLargeException";
    const bool denied = error.type.contains("Access") || error.type.contains("Unrecognized") ||
                        error.type.contains("Signature");
    return {picture  ? ErrorCode::kInvalidImageFormat
            : denied ? ErrorCode::kAccessDenied
                     : ErrorCode::kUnavailable,
            std::move(words)};
}

}  // namespace

EndpointCalls::EndpointCalls(std::string url, std::unique_ptr<RekognitionClient> client)
    : url_(std::move(url)), client_(std::move(client)) {
    (void)std::signal(SIGINT, interrupt);
    (void)std::signal(SIGTERM, interrupt);
}

Result<boost::json::object> EndpointCalls::call(const std::string& operation,
                                                const boost::json::object& request) {
    if (interrupted) return fail(ErrorCode::kUnavailable, "interrupted");
    auto answer = client_->call(operation, request);
    if (!answer) return std::unexpected(failed(operation, answer.error()));
    return std::move(*answer);
}

Result<boost::json::object> EndpointCalls::counted(const std::string& operation,
                                                   Result<boost::json::object> answer) {
    Told& told = told_[operation];
    if (answer) {
        ++told.answered;
    } else if (of_the_picture(answer.error())) {
        if (told.answered == 0 && told.refused >= kMostRefusalsAtFirst)
            return fail(ErrorCode::kUnavailable, answer.error().message);
        ++told.refused;
        told.last = answer.error().message;
    }
    return answer;
}

Result<void> EndpointCalls::took_some() const {
    for (const auto& [operation, told] : told_)
        if (told.refused > 0 && told.answered == 0) return fail(ErrorCode::kUnavailable, told.last);
    return {};
}

std::string EndpointCalls::refusals() const {
    std::string said;
    for (const auto& [operation, told] : told_)
        if (told.refused > 0)
            said += fmt::format(" {} of {} calls of {} were refused for their picture and {}; the last: {}.",
                                told.refused, told.refused + told.answered, operation, counts_as(operation),
                                told.last);
    return said;
}

}  // namespace visavis::app
