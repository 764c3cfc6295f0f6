#include "base/digest.h"

#include <cstdio>
#include <new>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace visavis {

struct Sha256Stream::State {
    EVP_MD_CTX* context{EVP_MD_CTX_new()};

    State() {
        if (context == nullptr) throw std::bad_alloc();
        EVP_DigestInit_ex(context, EVP_sha256(), nullptr);
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
    EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr);
    return digest;
}

Sha256 sha256(ByteView bytes) {
    Sha256 digest{};
    unsigned length = 0;
    EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr);
    return digest;
}

Sha256 hmac_sha256(ByteView key, ByteView message) {
    Sha256 code{};
    unsigned length = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), message.data(), message.size(), code.data(),
         &length);
    return code;
}

Result<Sha256> sha256_of_file(const std::string& path) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
    if (!file) return fail(ErrorCode::kInternal, fmt::format("`{}` is missing or cannot be read", path));
    Sha256Stream stream;
    Bytes block(std::size_t{1} << 16U);
    while (const std::size_t count = std::fread(block.data(), 1, block.size(), file.get()))
        stream.update(ByteView(block).first(count));
    if (std::ferror(file.get()) != 0)
        return fail(ErrorCode::kInternal, fmt::format("`{}` cannot be read to its end", path));
    return stream.finish();
}

bool equal_in_constant_time(ByteView a, ByteView b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace visavis
