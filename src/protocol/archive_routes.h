// Collections as sealed files, for the operator at this machine: the files lie on it.
#pragma once

#include "protocol/router.h"

namespace visavis::protocol {

/// Adds
///     POST /v1/exports         {collection, file, passphrase | key, purpose, recipient, transfer}
///     POST /v1/imports         {collection, file, passphrase | key, purpose, basis, transfer}
///     GET  /v1/transfers/{id}  how far the one with this `transfer` has come: {done, total}; kNotFound
///                              before it begins and after it ended
/// `file` is an absolute path, `key` a key file's content in base64. All are refused to whoever comes over
/// the network. What the operator says of purpose, basis and recipient is what policy decides on, and stands
/// in the receipt.
void add_archive_routes(Router& router);

}  // namespace visavis::protocol
