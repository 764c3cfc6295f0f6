// Calls of somebody's Rekognition API, and how often it refused a picture: what an audit through it rests on.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/error.h"
#include "rekognition_client.h"

namespace visavis::app {

/// Whether the error of a call is of its picture, as opposed to a server that cannot be used.
[[nodiscard]] inline bool of_the_picture(const Error& error) noexcept {
    return error.code == ErrorCode::kInvalidImageFormat;
}

/// Not thread-safe.
class EndpointCalls {
  public:
    /// From now on SIGINT and SIGTERM end the audit at its next call.
    EndpointCalls(std::string url, std::unique_ptr<RekognitionClient> client);

    [[nodiscard]] const std::string& url() const noexcept { return url_; }
    [[nodiscard]] RekognitionClient& client() noexcept { return *client_; }
    [[nodiscard]] const RekognitionClient& client() const noexcept { return *client_; }

    /// What `reader` reads in the answer; kUnavailable, naming the operation, for one that lacks what the API
    /// promises, and after SIGINT or SIGTERM. Otherwise kAccessDenied, kUnavailable, or an error that is
    /// of_the_picture(). A picture that is refused is counted; too many of them before one is taken are
    /// kUnavailable.
    template <typename Reader>
    auto ask(const std::string& operation, const boost::json::object& request, const Reader& reader)
        -> Result<std::invoke_result_t<Reader, const boost::json::object&>> {
        return read(operation, counted(operation, call(operation, request)), reader);
    }

    /// The same, but for pictures of which nobody knows yet whether any API can use them.
    template <typename Reader>
    auto ask_uncounted(const std::string& operation, const boost::json::object& request, const Reader& reader)
        -> Result<std::invoke_result_t<Reader, const boost::json::object&>> {
        return read(operation, call(operation, request), reader);
    }

    /// Forgets what was counted: it belongs to one report.
    void begin_report() { told_.clear(); }

    /// kUnavailable if an operation refused every picture: it does not refuse them for what they are.
    [[nodiscard]] Result<void> took_some() const;

    /// How often pictures were refused, and what they count as; empty where none was.
    [[nodiscard]] std::string refusals() const;

  private:
    struct Told {
        std::size_t answered{};
        std::size_t refused{};
        std::string last;  // refusal
    };

    Result<boost::json::object> call(const std::string& operation, const boost::json::object& request);
    Result<boost::json::object> counted(const std::string& operation, Result<boost::json::object> answer);

    template <typename Reader>
    auto read(const std::string& operation, const Result<boost::json::object>& answer,
              const Reader& reader) const
        -> Result<std::invoke_result_t<Reader, const boost::json::object&>> {
        if (!answer) return std::unexpected(answer.error());
        try {
            return reader(*answer);
        } catch (const std::exception& error) {
            return fail(ErrorCode::kUnavailable,
                        fmt::format("{}: {} answered without what the API promises: {}", operation, url_,
                                    error.what()));
        }
    }

    std::string url_;
    std::unique_ptr<RekognitionClient> client_;
    std::map<std::string, Told> told_;  // by operation
};

}  // namespace visavis::app
