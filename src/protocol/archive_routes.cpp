#include "protocol/archive_routes.h"

#include <memory>
#include <mutex>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/limits.h"
#include "engine/arn.h"
#include "engine/export_collection.h"
#include "engine/import_collection.h"
#include "policy/vocabulary.h"
#include "protocol/route_body.h"

namespace visavis::protocol {
namespace {

namespace json = boost::json;

/// How far each running export or import has come. Thread-safe.
class Transfers {
  public:
    struct Place {
        std::uint64_t done{};
        std::uint64_t total{};
    };

    [[nodiscard]] engine::Progress of(const std::string& id) {
        if (id.empty()) return {};
        return [this, id](std::uint64_t done, std::uint64_t total) {
            const std::lock_guard lock(mutex_);
            places_[id] = {.done = done, .total = total};
        };
    }
    void end(const std::string& id) {
        const std::lock_guard lock(mutex_);
        places_.erase(id);
    }
    [[nodiscard]] std::optional<Place> find(const std::string& id) const {
        const std::lock_guard lock(mutex_);
        const auto found = places_.find(id);
        if (found == places_.end()) return std::nullopt;
        return found->second;
    }

  private:
    mutable std::mutex mutex_;
    std::map<std::string, Place> places_;
};

/// What both directions ask for.
struct Wanted {
    std::string collection;
    std::string file;
    std::string transfer;
    store::ArchiveSecret secret;
    engine::Caller caller;
};

Result<void> check_collection_id(std::string_view id) {
    if (!engine::is_collection_id(id))
        return fail(ErrorCode::kValidation,
                    fmt::format("`{}` is no CollectionId: 1 to 255 letters, digits and `_.-`", id));
    return {};
}

Result<store::ArchiveSecret> secret_of(const json::object& body) {
    const auto passphrase = text_of(body, "passphrase");
    const auto key = text_of(body, "key");
    for (const auto* text : {&passphrase, &key})
        if (!*text) return std::unexpected(text->error());
    if (passphrase->empty() == key->empty())
        return fail(ErrorCode::kValidation, "an archive is sealed with a passphrase or a key: give one");
    if (!passphrase->empty())
        return store::ArchiveSecret{.kind = store::ArchiveSecret::Kind::kPassphrase,
                                    .content = {passphrase->begin(), passphrase->end()}};
    auto content = from_base64(*key);
    if (!content) return std::unexpected(content.error());
    return store::ArchiveSecret{.kind = store::ArchiveSecret::Kind::kKeyFile, .content = std::move(*content)};
}

Result<void> take_binding(const json::object& body, engine::Binding& binding) {
    for (auto [name, target] : {std::pair{"purpose", &binding.purpose}, std::pair{"basis", &binding.basis},
                                std::pair{"recipient", &binding.recipient}}) {
        auto text = text_of(body, name);
        if (!text) return std::unexpected(text.error());
        if (!text->empty()) *target = std::move(*text);
    }
    if (!binding.purpose.empty())
        if (auto known = policy::one_of(binding.purpose, policy::all_purposes(), "purpose"); !known)
            return known;
    if (!binding.recipient.empty())
        if (auto named = policy::check_name(binding.recipient, "recipient"); !named) return named;
    if (const auto basis = policy::parse_basis(binding.basis); !basis) return std::unexpected(basis.error());
    return {};
}

Result<Wanted> wanted_of(const RouteCall& call) {
    const auto body = object_of(
        call, {"collection", "file", "passphrase", "key", "purpose", "basis", "recipient", "transfer"});
    if (!body) return std::unexpected(body.error());
    Wanted wanted;
    wanted.caller = call.caller;
    for (auto [name, target] : {std::pair{"collection", &wanted.collection}, std::pair{"file", &wanted.file},
                                std::pair{"transfer", &wanted.transfer}}) {
        auto text = text_of(*body, name);
        if (!text) return std::unexpected(text.error());
        *target = std::move(*text);
    }
    if (const auto fits = check_collection_id(wanted.collection); !fits) return std::unexpected(fits.error());
    if (!wanted.file.starts_with('/') || wanted.file.contains('\0'))
        return fail(ErrorCode::kValidation, fmt::format("`{}` is no absolute path", wanted.file));
    auto secret = secret_of(*body);
    if (!secret) return std::unexpected(secret.error());
    wanted.secret = std::move(*secret);
    if (const auto taken = take_binding(*body, wanted.caller.binding); !taken)
        return std::unexpected(taken.error());
    return wanted;
}

void add_receipt(json::object& answer, const engine::Call& call) {
    if (call.notes.receipt)
        answer["receipt"] = {{"log", call.notes.receipt->log}, {"index", call.notes.receipt->index}};
}

/// Either direction: `run` is the engine's operation, `fields` says its answer.
template <typename Request, typename Run, typename Fields>
server::Response carry_out(const RouteCall& call, Transfers& transfers, const char* operation, Run run,
                           Fields fields) {
    if (!call.local)
        return refuse_far_caller(
            call, operation,
            "archives lie on the server's own disk: only the operator at that machine reads and writes "
            "them (`visavis collections export`)");
    const auto wanted = wanted_of(call);
    if (!wanted) return error_response(wanted.error(), call, operation);
    engine::Call& called = call.called;
    called.caller = wanted->caller;
    const auto done = run(call.engine, called,
                          Request{.collection_id = wanted->collection,
                                  .file = wanted->file,
                                  .secret = wanted->secret,
                                  .progress = transfers.of(wanted->transfer)});
    transfers.end(wanted->transfer);
    if (!done) return error_response(done.error(), call, operation);
    json::object answer = fields(*done);
    answer["collection"] = wanted->collection;
    answer["file"] = wanted->file;
    answer["faces"] = done->faces;
    answer["users"] = done->users;
    answer["sha256"] = to_hex(done->digest);
    add_receipt(answer, called);
    return json_response(answer, operation);
}

server::Response export_one(const RouteCall& call, Transfers& transfers) {
    return carry_out<engine::ExportCollectionRequest>(call, transfers, "ExportCollection",
                                                      engine::export_collection,
                                                      [](const auto& /*done*/) { return json::object{}; });
}

server::Response import_one(const RouteCall& call, Transfers& transfers) {
    return carry_out<engine::ImportCollectionRequest>(
        call, transfers, "ImportCollection", engine::import_collection, [](const auto& done) {
            return json::object{{"former_collection", done.former_id}, {"face_model", done.model_version}};
        });
}

server::Response transfer(const RouteCall& call, const Transfers& transfers) {
    constexpr const char* kOperation = "DescribeTransfer";
    const std::string& id = call.parameters.find("id")->second;
    const auto place = call.local ? transfers.find(id) : std::nullopt;
    if (!place)
        return error_response({ErrorCode::kNotFound, fmt::format("no transfer `{}` is under way", id)}, call,
                              kOperation);
    return json_response(json::object{{"done", place->done}, {"total", place->total}}, kOperation);
}

}  // namespace

void add_archive_routes(Router& router) {
    const auto transfers = std::make_shared<Transfers>();
    router.add({.method = "POST",
                .pattern = "/v1/exports",
                .operation = "ExportCollection",
                .answer = [transfers](const RouteCall& call) { return export_one(call, *transfers); },
                .refuse = {}});
    router.add({.method = "POST",
                .pattern = "/v1/imports",
                .operation = "ImportCollection",
                .answer = [transfers](const RouteCall& call) { return import_one(call, *transfers); },
                .refuse = {}});
    router.add({.method = "GET",
                .pattern = "/v1/transfers/{id}",
                .operation = "DescribeTransfer",
                .quick = true,
                .answer = [transfers](const RouteCall& call) { return transfer(call, *transfers); },
                .refuse = {}});
}

}  // namespace visavis::protocol
