#include "client.h"

#include <filesystem>
#include <optional>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/random.h"
#include "data_directory.h"
#include "protocol/exceptions.h"
#include "protocol/local_operator.h"
#include "services.h"
#include "socket_client.h"

namespace visavis::app {
namespace {

/// The services in this process, behind the same front door as a server's.
class LocalClient final : public Client {
  public:
    LocalClient(std::shared_ptr<Services> services, std::string account)
        : Client(std::move(account)), services_(std::move(services)) {}

    [[nodiscard]] Result<std::unique_ptr<Client>> another() override {
        return std::make_unique<LocalClient>(services_, account());
    }

  protected:
    [[nodiscard]] Result<Answer> exchange(std::string_view method, std::string_view target,
                                          std::string_view rekognition_target, std::string body) override {
        server::Request request{.method = std::string(method),
                                .target = std::string(target),
                                .headers = {},
                                .body = std::move(body),
                                .remote_address = {},
                                .local = true,
                                .request_id = random_uuid(),
                                .arrival = services_->engine->clock().now()};
        if (!rekognition_target.empty())
            request.headers.push_back({.name = "X-Amz-Target", .value = std::string(rekognition_target)});
        if (!account().empty())
            request.headers.push_back({.name = std::string(protocol::kAccountHeader), .value = account()});
        auto response = services_->handler->handle(request);
        return Answer{.status = response.status, .body = std::move(response.body)};
    }

  private:
    std::shared_ptr<Services> services_;
};

/// The error that an answer's body names; nothing if it is a success.
std::optional<Error> error_in(int status, std::string_view body) {
    if (status < 400) return std::nullopt;
    boost::json::error_code failure;
    const auto document = boost::json::parse(body, failure);
    const auto* object = failure ? nullptr : document.if_object();
    if (object == nullptr || !object->contains("__type"))
        return Error{ErrorCode::kInternal, fmt::format("the server answered {} without saying why", status)};
    const boost::json::value* message = object->if_contains("message");
    if (message == nullptr) message = object->if_contains("Message");
    const auto* words = message == nullptr ? nullptr : message->if_string();
    const auto* type = object->at("__type").if_string();
    return protocol::error_of(type == nullptr ? std::string_view{} : std::string_view(*type),
                              words == nullptr ? std::string{} : std::string(*words));
}

}  // namespace

Result<std::unique_ptr<Client>> Client::open(const Config& config, bool keeps, std::string account) {
    const std::string path = config.data.empty() ? DataDirectory::default_path() : config.data;
    const std::string socket = DataDirectory::socket_of(path);
    if (server_listens(socket)) return make_socket_client(socket, std::move(account));

    std::optional<DataDirectory> data;
    if (keeps || std::filesystem::is_directory(path)) {
        auto opened = DataDirectory::open(path);
        if (!opened) return std::unexpected(opened.error());
        data = std::move(*opened);
    }
    // The command tells of its errors itself; there is no server whose log they belong to.
    spdlog::default_logger()->set_level(spdlog::level::off);
    auto services = Services::open(config, std::move(data), false);
    if (!services) return std::unexpected(services.error());
    return std::make_unique<LocalClient>(std::move(*services), std::move(account));
}

Result<boost::json::object> Client::call(std::string_view operation, const boost::json::object& request) {
    auto answer = exchange("POST", "/", fmt::format("RekognitionService.{}", operation),
                           boost::json::serialize(request));
    if (!answer) return std::unexpected(answer.error());
    if (auto error = error_in(answer->status, answer->body)) return std::unexpected(std::move(*error));
    boost::json::error_code failure;
    auto document = boost::json::parse(answer->body, failure);
    if (failure || !document.is_object())
        return fail(ErrorCode::kInternal, "the server's answer is not a JSON object");
    return std::move(document.get_object());
}

Result<std::string> Client::fetch(std::string_view method, std::string_view target, std::string_view body) {
    auto answer = exchange(method, target, {}, std::string(body));
    if (!answer) return std::unexpected(answer.error());
    if (auto error = error_in(answer->status, answer->body)) return std::unexpected(std::move(*error));
    return std::move(answer->body);
}

Result<boost::json::object> image_of_file(const std::string& path) {
    std::error_code ignored;
    if (const auto size = std::filesystem::file_size(path, ignored);
        !ignored && size > limits::kStoredImageBytes)
        return fail(ErrorCode::kImageTooLarge, fmt::format("`{}` has {} bytes; an image may have {}", path,
                                                           size, limits::kStoredImageBytes));
    const auto bytes = read_file(path, limits::kStoredImageBytes);
    if (!bytes) return std::unexpected(bytes.error());
    return boost::json::object{{"Bytes", to_base64(*bytes)}};
}

}  // namespace visavis::app
