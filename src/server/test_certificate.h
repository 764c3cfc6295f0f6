// A key and a certificate for `localhost`, signed by itself, made for the test and valid for an hour.
#pragma once

#include <cstdio>
#include <stdexcept>
#include <string>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace visavis::server {

struct TestCertificate {
    std::string certificate;  ///< path
    std::string key;          ///< path
};

/// Writes `<prefix>cert.pem` and `<prefix>key.pem`. `serial` tells one certificate from another.
inline TestCertificate make_test_certificate(const std::string& prefix, long serial = 1) {
    TestCertificate out{prefix + "cert.pem", prefix + "key.pem"};
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME* name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"),
                               -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_sign(certificate, key, EVP_sha256());
    std::FILE* file = std::fopen(out.certificate.c_str(), "w");
    if (file == nullptr) throw std::runtime_error("cannot write the test certificate");
    PEM_write_X509(file, certificate);
    (void)std::fclose(file);
    file = std::fopen(out.key.c_str(), "w");
    if (file == nullptr) throw std::runtime_error("cannot write the test key");
    PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    (void)std::fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return out;
}

}  // namespace visavis::server
