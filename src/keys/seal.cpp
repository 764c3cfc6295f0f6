#include "keys/seal.h"

#include <algorithm>
#include <memory>
#include <new>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/digest.h"
#include "base/random.h"

namespace visavis::keys {
namespace {

struct FreeContext {
    void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

Context new_context() {
    Context context(EVP_CIPHER_CTX_new());
    if (!context) throw std::bad_alloc();
    return context;
}

/// Looked up once: EVP_aes_256_gcm() makes OpenSSL look it up at each use, behind a lock that all threads
/// share.
const EVP_CIPHER* aes_256_gcm() {
    static const EVP_CIPHER* const method = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
    if (method == nullptr) throw std::bad_alloc();
    return method;
}

std::unexpected<Error> foreign() {
    return fail(ErrorCode::kInternal,
                "sealed data does not open: it was altered, moved, or sealed with another key");
}

}  // namespace

SealKey SealKey::generate() {
    SealKey key;
    Bytes bytes = random_bytes(kSealKeyBytes);
    std::ranges::copy(bytes, key.key_.begin());
    OPENSSL_cleanse(bytes.data(), bytes.size());
    return key;
}

Result<SealKey> SealKey::from_bytes(ByteView bytes) {
    if (bytes.size() != kSealKeyBytes)
        return fail(ErrorCode::kInternal, "a sealing key has 32 bytes; what was given is of another length");
    SealKey key;
    std::ranges::copy(bytes, key.key_.begin());
    return key;
}

SealKey::~SealKey() {
    OPENSSL_cleanse(key_.data(), key_.size());
}

SealKey SealKey::derive(std::string_view purpose) const {
    SealKey key;
    key.key_ = hmac_sha256(key_, as_bytes(purpose));
    return key;
}

Bytes SealKey::seal(ByteView plain, ByteView associated) const {
    Bytes sealed = random_bytes(kSealNonceBytes);
    sealed.resize(kSealOverhead + plain.size());
    const Context context = new_context();
    int length = 0;
    bool good = EVP_EncryptInit_ex(context.get(), aes_256_gcm(), nullptr, key_.data(), sealed.data()) == 1;
    good = good && EVP_EncryptUpdate(context.get(), nullptr, &length, associated.data(),
                                     static_cast<int>(associated.size())) == 1;
    good = good && EVP_EncryptUpdate(context.get(), sealed.data() + kSealNonceBytes, &length, plain.data(),
                                     static_cast<int>(plain.size())) == 1;
    std::uint8_t* const tag = sealed.data() + kSealNonceBytes + plain.size();
    good = good && EVP_EncryptFinal_ex(context.get(), tag, &length) == 1;
    good = good && EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kSealTagBytes, tag) == 1;
    if (!good) throw std::bad_alloc();  // AES-GCM in memory fails for no other reason
    return sealed;
}

Result<Bytes> SealKey::open(ByteView sealed, ByteView associated) const {
    if (sealed.size() < kSealOverhead) return foreign();
    Bytes plain(sealed.size() - kSealOverhead);
    Bytes tag(sealed.end() - kSealTagBytes, sealed.end());
    const Context context = new_context();
    int length = 0;
    bool good = EVP_DecryptInit_ex(context.get(), aes_256_gcm(), nullptr, key_.data(), sealed.data()) == 1;
    good = good && EVP_DecryptUpdate(context.get(), nullptr, &length, associated.data(),
                                     static_cast<int>(associated.size())) == 1;
    good = good && EVP_DecryptUpdate(context.get(), plain.data(), &length, sealed.data() + kSealNonceBytes,
                                     static_cast<int>(plain.size())) == 1;
    good = good && EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kSealTagBytes, tag.data()) == 1;
    std::uint8_t none = 0;
    good = good && EVP_DecryptFinal_ex(context.get(), &none, &length) == 1;
    if (!good) {
        OPENSSL_cleanse(plain.data(), plain.size());
        return foreign();
    }
    return plain;
}

}  // namespace visavis::keys
