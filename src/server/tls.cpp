#include "server/tls.h"

#include <string_view>

#include <boost/asio/ssl.hpp>
#include <fmt/format.h>
#include <openssl/ssl.h>

namespace visavis::server {
namespace {

// Clients that offer a choice by ALPN are told HTTP/1.1; others are left alone.
int choose_http_1_1(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* offered, unsigned offered_size, void* /*context*/) {
    static constexpr std::string_view kName = "http/1.1";
    for (unsigned at = 0; at < offered_size; at += 1U + offered[at]) {
        const std::string_view one(reinterpret_cast<const char*>(offered + at + 1), offered[at]);
        if (one != kName) continue;
        *out = offered + at + 1;
        *out_size = offered[at];
        return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

Result<std::shared_ptr<boost::asio::ssl::context>> make_tls(const std::string& certificate,
                                                            const std::string& key) {
    namespace ssl = boost::asio::ssl;
    auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
    boost::system::error_code ec;
    const auto failed = [&](std::string_view what, const std::string& file) {
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("cannot use {} `{}`: {}", what, file, ec.message()));
    };
    SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_alpn_select_cb(context->native_handle(), choose_http_1_1, nullptr);
    if (context->use_certificate_chain_file(certificate, ec))
        return failed("the TLS certificate", certificate);
    if (context->use_private_key_file(key, ssl::context::pem, ec)) return failed("the TLS key", key);
    return context;
}

}  // namespace visavis::server
