#include "match/index/block_cipher.h"

#include <algorithm>
#include <cstdlib>
#include <memory>

#include <openssl/evp.h>

#include "base/random.h"

namespace visavis::match {
namespace {

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

Context fresh_context() {
    Context context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    if (!context) std::abort();
    return context;
}

void require(int outcome) {
    if (outcome != 1) std::abort();
}

}  // namespace

void BlockCipher::seal(std::span<const Part> parts, ByteView associated, Bytes& into) const {
    const Bytes nonce = random_bytes(kNonceBytes);
    const Context context = fresh_context();
    int count = 0;
    require(EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key_.data(), nonce.data()));
    require(EVP_EncryptUpdate(context.get(), nullptr, &count, associated.data(),
                              static_cast<int>(associated.size())));
    std::uint8_t* out = into.data() + kHeadBytes;
    for (const Part& part : parts) {
        require(EVP_EncryptUpdate(context.get(), out, &count, part.data(), static_cast<int>(part.size())));
        out += part.size();
    }
    require(EVP_EncryptFinal_ex(context.get(), out, &count));
    std::ranges::copy(nonce, into.begin());
    require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, into.data() + kNonceBytes));
}

bool BlockCipher::open(ByteView sealed, ByteView associated, std::span<const Part> parts) const {
    const Context context = fresh_context();
    Bytes tag(sealed.begin() + kNonceBytes, sealed.begin() + kHeadBytes);
    int count = 0;
    require(EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key_.data(), sealed.data()));
    require(EVP_DecryptUpdate(context.get(), nullptr, &count, associated.data(),
                              static_cast<int>(associated.size())));
    const std::uint8_t* in = sealed.data() + kHeadBytes;
    for (const Part& part : parts) {
        require(EVP_DecryptUpdate(context.get(), part.data(), &count, in, static_cast<int>(part.size())));
        in += part.size();
    }
    require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()));
    return EVP_DecryptFinal_ex(context.get(), nullptr, &count) == 1;
}

}  // namespace visavis::match
