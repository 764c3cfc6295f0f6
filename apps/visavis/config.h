// Settings: built-in defaults, then the file of --config, then the command line. docs/configuration.md lists
// every key; an unknown key is an error, since a misspelt limit is no limit.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/limits.h"

namespace visavis::app {

/// A place S3Objects may come from. Only configured places are ever contacted.
struct S3Source {
    std::string bucket;     ///< empty: every bucket of the endpoint
    std::string directory;  ///< a local directory that stands for the bucket, or
    std::string endpoint;   ///< e.g. `https://s3.example.org`
    std::string region;
    std::string access_key_id;
    std::string secret_access_key;
    bool path_style{true};
};

struct Config {
    std::string listen{"127.0.0.1:8080"};
    std::string data;    ///< data directory
    std::string models;  ///< folder of model packs; empty: those of set-up
    std::string pack{"default"};
    std::string tls_certificate;
    std::string tls_key;
    bool proxy_does_tls{false};
    int threads{0};  ///< inference streams; 0: one a core
    std::size_t queue{limits::kQueuedRequests};
    std::string policy;       ///< directory of policies; empty: DATA/policy
    std::string zone{"UTC"};  ///< IANA name of the site's time zone
    std::string log_level{"info"};
    std::string ledger_origin;  ///< name of a new ledger, e.g. `example.org/visavis`; empty: made up
    std::vector<std::string> receipts_without;  ///< operations that leave a receipt only when refused
    std::vector<std::string> witnesses;         ///< `URL` or `URL VKEY`
    std::vector<S3Source> s3;

    /// kInvalidParameter naming file, line and key.
    static Result<Config> load(const std::string& file);
};

}  // namespace visavis::app
