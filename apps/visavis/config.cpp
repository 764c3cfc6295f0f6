#include "config.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "policy/actions.h"

namespace visavis::app {
namespace {

/// Reads known keys out of one table and complains of the rest.
class Reader {
  public:
    Reader(const toml::table& table, std::string file) : table_(table), file_(std::move(file)) {}

    template <typename T>
    void read(std::string_view key, T& into) {
        known_.emplace_back(key);
        const toml::node* node = table_.get(key);
        if (node == nullptr || error_) return;
        if (const auto value = node->value<T>())
            into = *value;
        else
            complain(*node, fmt::format("`{}` has the wrong type", key));
    }

    void read(std::string_view key, std::vector<std::string>& into) {
        known_.emplace_back(key);
        const toml::node* node = table_.get(key);
        if (node == nullptr || error_) return;
        const toml::array* list = node->as_array();
        const auto wrong = [&](const toml::node& where) {
            complain(where, fmt::format("`{}` is not a list of texts", key));
        };
        if (list == nullptr) {
            wrong(*node);
            return;
        }
        for (const toml::node& item : *list) {
            const auto text = item.value<std::string>();
            if (!text) {
                wrong(item);
                return;
            }
            into.push_back(*text);
        }
    }

    /// Null if the key is absent, which `[key]` in place of `[[key]]` is not.
    const toml::array* tables(std::string_view key) {
        known_.emplace_back(key);
        const toml::node* node = table_.get(key);
        if (node == nullptr || error_) return nullptr;
        const toml::array* list = node->as_array();
        if (list == nullptr || !std::ranges::all_of(*list, &toml::node::is_table)) {
            complain(*node, fmt::format("`{0}` is no list of tables: begin each with `[[{0}]]`", key));
            return nullptr;
        }
        return list;
    }

    Result<void> finish() {
        for (const auto& [key, node] : table_)
            if (!error_ && std::ranges::find(known_, std::string_view(key.str())) == known_.end())
                complain(node, fmt::format("there is no setting `{}`", key.str()));
        if (error_) return std::unexpected(*error_);
        return {};
    }

  private:
    void complain(const toml::node& node, const std::string& what) {
        error_ = Error{ErrorCode::kInvalidParameter,
                       fmt::format("configuration `{}`, line {}: {}", file_, node.source().begin.line, what)};
    }

    const toml::table& table_;
    std::string file_;
    std::vector<std::string_view> known_;
    std::optional<Error> error_;
};

Result<S3Source> read_source(const toml::table& table, const std::string& file) {
    S3Source source;
    Reader reader(table, file);
    reader.read("bucket", source.bucket);
    reader.read("directory", source.directory);
    reader.read("endpoint", source.endpoint);
    reader.read("region", source.region);
    reader.read("access_key_id", source.access_key_id);
    reader.read("secret_access_key", source.secret_access_key);
    reader.read("path_style", source.path_style);
    if (const auto done = reader.finish(); !done) return std::unexpected(done.error());
    if (source.directory.empty() == source.endpoint.empty() ||
        (source.bucket.empty() && source.endpoint.empty()))
        return fail(
            ErrorCode::kInvalidParameter,
            fmt::format("configuration `{}`, line {}: an [[s3]] table needs `endpoint`, or `directory` and "
                        "`bucket`",
                        file, table.source().begin.line));
    return source;
}

}  // namespace

Result<Config> Config::load(const std::string& file) {
    toml::table document;
    try {
        document = toml::parse_file(file);
    } catch (const toml::parse_error& error) {
        return fail(ErrorCode::kInvalidParameter,
                    fmt::format("configuration `{}`, line {}: {}", file, error.source().begin.line,
                                error.description()));
    }
    Config config;
    auto queue = static_cast<std::int64_t>(config.queue);
    std::int64_t threads = config.threads;
    Reader reader(document, file);
    reader.read("listen", config.listen);
    reader.read("data", config.data);
    reader.read("models", config.models);
    reader.read("pack", config.pack);
    reader.read("tls_certificate", config.tls_certificate);
    reader.read("tls_key", config.tls_key);
    reader.read("proxy_does_tls", config.proxy_does_tls);
    reader.read("threads", threads);
    reader.read("queue", queue);
    reader.read("policy", config.policy);
    reader.read("zone", config.zone);
    reader.read("log_level", config.log_level);
    reader.read("ledger_origin", config.ledger_origin);
    reader.read("receipts_without", config.receipts_without);
    reader.read("witnesses", config.witnesses);
    const toml::array* sources = reader.tables("s3");
    if (const auto done = reader.finish(); !done) return std::unexpected(done.error());
    if (threads < 0 || threads > 1024 || queue < 1 || queue > 100'000)
        return fail(
            ErrorCode::kInvalidParameter,
            fmt::format("configuration `{}`: `threads` is 0 to 1024 and `queue` 1 to 100000; found {} and {}",
                        file, threads, queue));
    for (const std::string& operation : config.receipts_without)
        if (policy::find_action(operation) == nullptr)
            return fail(
                ErrorCode::kInvalidParameter,
                fmt::format("configuration `{}`: `receipts_without` names `{}`, which is no operation", file,
                            operation));
    config.threads = static_cast<int>(threads);
    config.queue = static_cast<std::size_t>(queue);
    if (sources != nullptr)
        for (const toml::node& node : *sources) {
            auto source = read_source(*node.as_table(), file);
            if (!source) return std::unexpected(source.error());
            config.s3.push_back(std::move(*source));
        }
    return config;
}

}  // namespace visavis::app
