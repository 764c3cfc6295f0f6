#include "keys/credentials_file.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/file.h"

namespace visavis::keys {

Result<void> write_credentials_file(const std::string& file, const AccessKey& key) {
    return replace_file(file, as_bytes(fmt::format("[default]\naws_access_key_id = {}\n"
                                                   "aws_secret_access_key = {}\n",
                                                   key.id, key.secret)));
}

}  // namespace visavis::keys
