#include "server_options.h"

#include <algorithm>
#include <thread>

#include "data_directory.h"

namespace visavis::app {

server::ServerOptions server_options(const Config& config) {
    server::ServerOptions made;
    made.listen = {config.listen};
    made.unix_socket = DataDirectory::socket_of(config.data);
    made.tls_certificate = config.tls_certificate;
    made.tls_key = config.tls_key;
    made.tls_at_proxy = config.proxy_does_tls;
    // More than recognise side by side (they take turns): a worker also waits for its receipt and its
    // transaction to be durable, and meanwhile the next picture is worked on.
    const int recognising = config.threads > 0
                                ? config.threads
                                : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    made.workers = 2 * recognising + 1;
    made.limits.queued = config.queue;
    return made;
}

}  // namespace visavis::app
