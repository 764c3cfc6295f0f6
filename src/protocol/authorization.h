// The Authorization header of AWS Signature Version 4, taken apart.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace visavis::protocol {

struct Authorization {
    std::string access_key_id;
    std::string date;  ///< `YYYYMMDD` of the credential scope
    std::string region;
    std::string service;
    std::string terminator;                   ///< `aws4_request`
    std::vector<std::string> signed_headers;  ///< lower case, in the order given
    std::string signed_headers_text;          ///< as given
    std::string signature;                    ///< as given; hexadecimal if it is any good
};

/// The parts of `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`; otherwise what is missing or
/// wrong with it, in Amazon's words where known. The text never holds the signature.
[[nodiscard]] std::expected<Authorization, std::string> parse_authorization(std::string_view header);

}  // namespace visavis::protocol
