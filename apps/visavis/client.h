// How a command reaches the engine. With a server running on the data directory: over its Unix socket, as
// principal `local-operator`. Without one: in this process, holding the directory's lock. Either way the
// operation goes through `engine`, so policy and receipts hold for the command line, too.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "base/error.h"
#include "config.h"

namespace visavis::app {

/// Not thread-safe: one client a thread, except that clients of one process share the engine.
class Client {
  public:
    /// Connects or opens. A data directory that does not exist is made only if `keeps` (the command stores
    /// something); otherwise the engine runs without one: no collections, no receipts. kUnavailable if the
    /// directory is held by a process that does not answer on its socket; else the engine's own errors.
    /// Acts in `account`, twelve digits; empty: the default one.
    static Result<std::unique_ptr<Client>> open(const Config& config, bool keeps, std::string account = {});

    explicit Client(std::string account) : account_(std::move(account)) {}
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    virtual ~Client() = default;

    /// A Rekognition operation by its name, with Rekognition's JSON (images as base64 in `Bytes`, up to
    /// 15 MB here). The answer's JSON, or the error with Rekognition's message.
    [[nodiscard]] Result<boost::json::object> call(std::string_view operation,
                                                   const boost::json::object& request);

    /// One of our own routes, e.g. `GET`, `/v1/receipts/7`, with a JSON body or none. The answer's body, or
    /// the error that it names.
    [[nodiscard]] Result<std::string> fetch(std::string_view method, std::string_view target,
                                            std::string_view body = {});

    /// Another client of the same server or engine, for a second thread.
    [[nodiscard]] virtual Result<std::unique_ptr<Client>> another() = 0;

  protected:
    struct Answer {
        int status{};
        std::string body;
    };

    [[nodiscard]] const std::string& account() const noexcept { return account_; }

    /// One request to the server's front door, `rekognition_target` as the header X-Amz-Target unless empty.
    [[nodiscard]] virtual Result<Answer> exchange(std::string_view method, std::string_view target,
                                                  std::string_view rekognition_target, std::string body) = 0;

  private:
    std::string account_;
};

/// An image file as Rekognition's `Image` member; kNotFound, kImageTooLarge (over 15 MB), naming the file.
[[nodiscard]] Result<boost::json::object> image_of_file(const std::string& path);

}  // namespace visavis::app
