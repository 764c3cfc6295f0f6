#include "base/digest.h"

#include <cstdio>
#include <new>
#include <string>

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

namespace visavis {
namespace {

/// Looked up once: EVP_sha256() makes OpenSSL look it up at each use, behind a lock that all threads share.
const EVP_MD* sha256_method() {
    static const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA2-256", nullptr);
    if (method == nullptr) throw std::bad_alloc();
    return method;
}

class Hmac {
  public:
    Hmac() {
        EVP_MAC* method = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
        context_ = EVP_MAC_CTX_new(method);
        EVP_MAC_free(method);
        std::string digest = "SHA2-256";
        const OSSL_PARAM parameters[] = {
            OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
            OSSL_PARAM_construct_end()};
        if (context_ == nullptr || EVP_MAC_CTX_set_params(context_, parameters) != 1) throw std::bad_alloc();
    }
    Hmac(const Hmac&) = delete;
    Hmac& operator=(const Hmac&) = delete;
    ~Hmac() { EVP_MAC_CTX_free(context_); }

    Sha256 code(ByteView key, ByteView message) {
        Sha256 code{};
        std::size_t length = 0;
        // A key of no bytes is a key, too, but a null pointer means the previous one.
        static constexpr std::uint8_t kNothing = 0;
        if (EVP_MAC_init(context_, key.empty() ? &kNothing : key.data(), key.size(), nullptr) != 1 ||
            EVP_MAC_update(context_, message.data(), message.size()) != 1 ||
            EVP_MAC_final(context_, code.data(), &length, code.size()) != 1)
            throw std::bad_alloc();  // in memory it fails for no other reason
        return code;
    }

  private:
    EVP_MAC_CTX* context_{};
};

}  // namespace

struct Sha256Stream::State {
    EVP_MD_CTX* context{EVP_MD_CTX_new()};

    State() {
        if (context == nullptr) throw std::bad_alloc();
        EVP_DigestInit_ex(context, sha256_method(), nullptr);
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { EVP_MD_CTX_free(context); }
};

Sha256Stream::Sha256Stream() : state_(std::make_unique<State>()) {}
Sha256Stream::Sha256Stream(Sha256Stream&&) noexcept = default;
Sha256Stream& Sha256Stream::operator=(Sha256Stream&&) noexcept = default;
Sha256Stream::~Sha256Stream() = default;

void Sha256Stream::update(ByteView bytes) {
    EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
}

Sha256 Sha256Stream::finish() {
    Sha256 digest{};
    unsigned length = 0;
    EVP_DigestFinal_ex(state_->context, digest.data(), &length);
    EVP_DigestInit_ex(state_->context, nullptr, nullptr);
    return digest;
}

Sha256 sha256(ByteView bytes) {
    static thread_local Sha256Stream stream;
    stream.update(bytes);
    return stream.finish();
}

Sha256 hmac_sha256(ByteView key, ByteView message) {
    static thread_local Hmac hmac;
    return hmac.code(key, message);
}

Result<Sha256> sha256_of_file(const std::string& path) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
    if (!file) return fail(ErrorCode::kInternal, fmt::format("`{}` is missing or cannot be read", path));
    Sha256Stream stream;
    Bytes block(std::size_t{1} << 16U);
    while (std::feof(file.get()) == 0 && std::ferror(file.get()) == 0)
        stream.update(ByteView(block).first(std::fread(block.data(), 1, block.size(), file.get())));
    if (std::ferror(file.get()) != 0)
        return fail(ErrorCode::kInternal, fmt::format("`{}` cannot be read to its end", path));
    return stream.finish();
}

bool equal_in_constant_time(ByteView a, ByteView b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace visavis
