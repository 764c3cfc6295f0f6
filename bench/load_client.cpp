// Sends one prepared POST over and over on keep-alive connections and prints what came of it as JSON. It
// measures servers, so it does next to nothing itself: the request is put together once, the response is read
// only as far as its length.
//
//     load_client --port 8080 --headers headers.txt --body body.json --requests 20000 --connections 2
//
// headers.txt: one `Name: value` a line, as captured from a signed request; Host and Content-Length are added
// unless they are there. A signature is good for five minutes.
#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/asio.hpp>
#include <fmt/format.h>

namespace {

namespace net = boost::asio;
using Steady = std::chrono::steady_clock;

struct Tally {
    std::vector<double> milliseconds;     // of every answered request
    std::map<int, std::uint64_t> status;  // how often each came
    std::uint64_t failed{0};              // not answered
};

std::string whole_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error(fmt::format("cannot read `{}`", path));
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

bool names(std::string_view line, std::string_view header) {
    return line.size() > header.size() && line[header.size()] == ':' &&
           boost::algorithm::iequals(line.substr(0, header.size()), header);
}

std::string put_together(const std::string& target, const std::string& host, const std::string& headers,
                         const std::string& body) {
    std::string out = fmt::format("POST {} HTTP/1.1\r\n", target);
    bool has_host = false;
    bool has_length = false;
    for (std::size_t at = 0; at < headers.size();) {
        const std::size_t end = std::min(headers.find('\n', at), headers.size());
        std::string_view line(headers.data() + at, end - at);
        if (line.ends_with('\r')) line.remove_suffix(1);
        at = end + 1;
        if (line.empty()) continue;
        has_host = has_host || names(line, "host");
        has_length = has_length || names(line, "content-length");
        out += line;
        out += "\r\n";
    }
    if (!has_host) out += fmt::format("Host: {}\r\n", host);
    if (!has_length) out += fmt::format("Content-Length: {}\r\n", body.size());
    return out + "\r\n" + body;
}

// The status of one response, read to its end. Throws where it cannot be read.
int read_response(net::ip::tcp::socket& socket, std::string& buffer) {
    const std::size_t end = net::read_until(socket, net::dynamic_buffer(buffer), "\r\n\r\n");
    int status = 0;
    std::from_chars(buffer.data() + 9, buffer.data() + 12, status);
    std::size_t length = 0;
    for (std::size_t at = buffer.find("\r\n") + 2; at < end - 2; at = buffer.find("\r\n", at) + 2) {
        if (!names(std::string_view(buffer).substr(at), "content-length")) continue;
        const std::size_t value = buffer.find_first_of("0123456789", at);
        std::from_chars(buffer.data() + value, buffer.data() + end, length);
    }
    const std::size_t whole = end + length;
    if (buffer.size() < whole)
        net::read(socket, net::dynamic_buffer(buffer), net::transfer_exactly(whole - buffer.size()));
    buffer.erase(0, whole);
    return status;
}

// One connection's share of the work, until the common count is used up. A broken connection is made again.
void work(const net::ip::tcp::endpoint& server, const std::string& request, std::atomic<std::int64_t>& left,
          Tally& tally) {
    net::io_context io;
    net::ip::tcp::socket socket(io);
    std::string buffer;
    while (left.fetch_sub(1) > 0) {
        const auto start = Steady::now();
        try {
            if (!socket.is_open()) {
                socket.connect(server);
                socket.set_option(net::ip::tcp::no_delay(true));
                buffer.clear();
            }
            net::write(socket, net::buffer(request));
            ++tally.status[read_response(socket, buffer)];
            tally.milliseconds.push_back(
                std::chrono::duration<double, std::milli>(Steady::now() - start).count());
        } catch (const boost::system::system_error&) {
            ++tally.failed;
            boost::system::error_code ignored;
            (void)socket.close(ignored);
        }
    }
}

double percentile(const std::vector<double>& sorted, double share) {
    if (sorted.empty()) return 0;
    const auto last = static_cast<double>(sorted.size() - 1);
    return sorted[static_cast<std::size_t>(std::lround(share * last))];
}

struct Settings {
    std::string host{"127.0.0.1"};
    std::uint16_t port{8080};
    std::string target{"/"};
    std::string headers;
    std::string body;
    std::int64_t requests{1000};
    int connections{2};
};

int run(const Settings& settings) {
    const std::string request = put_together(
        settings.target, fmt::format("{}:{}", settings.host, settings.port),
        settings.headers.empty() ? std::string{} : whole_file(settings.headers), whole_file(settings.body));
    const net::ip::tcp::endpoint server(net::ip::make_address(settings.host), settings.port);
    std::atomic<std::int64_t> left{settings.requests};
    std::vector<Tally> tallies(static_cast<std::size_t>(settings.connections));
    const auto start = Steady::now();
    {
        std::vector<std::jthread> threads;
        for (Tally& tally : tallies)
            threads.emplace_back([&server, &request, &left, &tally] { work(server, request, left, tally); });
    }
    const double seconds = std::chrono::duration<double>(Steady::now() - start).count();

    Tally all;
    for (const Tally& tally : tallies) {
        all.milliseconds.insert(all.milliseconds.end(), tally.milliseconds.begin(), tally.milliseconds.end());
        for (const auto& [status, count] : tally.status) all.status[status] += count;
        all.failed += tally.failed;
    }
    std::ranges::sort(all.milliseconds);
    std::string status;
    for (const auto& [code, count] : all.status)
        status += fmt::format("{}\"{}\": {}", status.empty() ? "" : ", ", code, count);
    fmt::print(
        "{{\"requests\": {}, \"connections\": {}, \"request_bytes\": {}, \"seconds\": {:.3f}, "
        "\"per_second\": {:.1f}, \"p50_ms\": {:.3f}, \"p95_ms\": {:.3f}, \"p99_ms\": {:.3f}, "
        "\"max_ms\": {:.3f}, \"status\": {{{}}}, \"failed\": {}}}\n",
        settings.requests, settings.connections, request.size(), seconds,
        static_cast<double>(all.milliseconds.size()) / seconds, percentile(all.milliseconds, 0.50),
        percentile(all.milliseconds, 0.95), percentile(all.milliseconds, 0.99),
        percentile(all.milliseconds, 1.0), status, all.failed);
    const bool all_well = all.failed == 0 && all.status.size() == 1 && all.status.contains(200);
    return all_well ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    Settings settings;
    CLI::App app(
        "Sends one request many times over keep-alive connections; prints throughput and latencies as JSON.\n"
        "Exit code 0: every answer was 200; 1: some were not; 2: wrong use.");
    app.add_option("--host", settings.host, "IP address of the server")->capture_default_str();
    app.add_option("--port", settings.port, "its port")->capture_default_str();
    app.add_option("--target", settings.target, "path of the request")->capture_default_str();
    app.add_option("--headers", settings.headers, "file with one `Name: value` a line")
        ->check(CLI::ExistingFile);
    app.add_option("--body", settings.body, "file with the body")->required()->check(CLI::ExistingFile);
    app.add_option("--requests", settings.requests, "how many, over all connections")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--connections", settings.connections, "one thread each")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    try {
        return run(settings);
    } catch (const std::exception& error) {
        fmt::print(stderr, "error: {}\n", error.what());
        return 2;
    }
}
