#include "socket_client.h"

#include <cstddef>
#include <cstring>

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/file.h"
#include "protocol/local_operator.h"

namespace visavis::app {
namespace {

constexpr long kConnectSeconds = 5;

struct CurlDeleter {
    void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using Curl = std::unique_ptr<CURL, CurlDeleter>;
using HeaderList = std::unique_ptr<curl_slist, CurlDeleter>;

std::size_t append(const char* bytes, std::size_t size, std::size_t count, void* into) {
    static_cast<std::string*>(into)->append(bytes, size * count);
    return size * count;
}

void add(HeaderList& list, const std::string& line) {
    list.reset(curl_slist_append(list.release(), line.c_str()));
}

class SocketClient final : public Client {
  public:
    SocketClient(std::string socket, std::string account)
        : Client(std::move(account)), socket_(std::move(socket)), curl_(curl_easy_init()) {}

    [[nodiscard]] Result<std::unique_ptr<Client>> another() override {
        return std::make_unique<SocketClient>(socket_, account());
    }

  protected:
    [[nodiscard]] Result<Answer> exchange(std::string_view method, std::string_view target,
                                          std::string_view rekognition_target, std::string body) override {
        Answer answer;
        HeaderList headers;
        add(headers, "Content-Type: application/x-amz-json-1.1");
        add(headers, "Expect:");
        if (!rekognition_target.empty()) add(headers, fmt::format("X-Amz-Target: {}", rekognition_target));
        if (!account().empty()) add(headers, fmt::format("{}: {}", protocol::kAccountHeader, account()));
        const std::string url = fmt::format("http://localhost{}", target);
        const std::string verb(method);

        CURL* curl = curl_.get();
        curl_easy_reset(curl);  // keeps the connection
        curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket_.c_str());
        curl_easy_setopt(curl, CURLOPT_PROXY, "");
        curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, verb.c_str());
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
        if (!body.empty()) {
            curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
            curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
        }
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer.body);
        curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
        if (const CURLcode code = curl_easy_perform(curl); code != CURLE_OK)
            return fail(ErrorCode::kUnavailable, fmt::format("the server behind `{}` did not answer: {}",
                                                             socket_, curl_easy_strerror(code)));
        long status = 0;
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        answer.status = static_cast<int>(status);
        return answer;
    }

  private:
    std::string socket_;
    Curl curl_;
};

}  // namespace

bool server_listens(const std::string& socket) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket.size() >= sizeof(address.sun_path)) return false;
    std::memcpy(address.sun_path, socket.c_str(), socket.size() + 1);
    const FileDescriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    return probe && ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

std::unique_ptr<Client> make_socket_client(std::string socket, std::string account) {
    return std::make_unique<SocketClient>(std::move(socket), std::move(account));
}

}  // namespace visavis::app
