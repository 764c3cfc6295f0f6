// A key in AWS's shared credentials format, for SDKs and the AWS CLI (AWS_SHARED_CREDENTIALS_FILE).
// https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
#pragma once

#include <string>

#include "base/error.h"
#include "keys/access_keys.h"

namespace visavis::keys {

/// Writes `file` (0600) with the key as its only profile, `default`. kUnavailable if it cannot be written.
[[nodiscard]] Result<void> write_credentials_file(const std::string& file, const AccessKey& key);

}  // namespace visavis::keys
