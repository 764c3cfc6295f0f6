// `/v1/access-keys`: keys that are bound to what they are for.
#pragma once

#include "keys/access_keys.h"
#include "protocol/router.h"

namespace visavis::protocol {

/// Adds
///     GET  /v1/access-keys               every key of the account, without secrets
///     POST /v1/access-keys               a new one: {principal, purpose, case, approved_by, expires_seconds,
///                                        collections, recipient, basis, live, account}; its secret is in
///                                        this answer alone; `account` is the maker's unless the operator at
///                                        this machine names another. With `approved_by` it signs nothing
///                                        before that person approves
///     POST /v1/access-keys/{id}/approve  by whom the key names, and nobody else
///     POST /v1/access-keys/{id}/revoke
///     POST /v1/access-keys/{id}/rotate   a new key with the same binding; the old one is revoked
/// Each is a decision of the policy and leaves a receipt. Besides, nobody makes a key that may do more than
/// his own: a bound credential makes none, and only root makes keys for root. Keys of other accounts are
/// not found, except by the operator at this machine. `keys` must outlive the router.
void add_key_routes(Router& router, keys::AccessKeys& keys);

}  // namespace visavis::protocol
