// `visavis collections`.
#include <functional>

#include <fmt/chrono.h>
#include <fmt/core.h>

#include "client.h"
#include "commands.h"
#include "place_options.h"

namespace visavis::app {
namespace {

constexpr const char* kExamples = R"(
Examples:
  visavis collections create staff --tag purpose=door
  visavis collections list
  visavis collections describe staff --json
  visavis collections delete staff
  visavis collections list --account 111122223333
  visavis collections export staff staff.visavis --passphrase-file secret.txt
  visavis collections import staff staff.visavis --passphrase-file secret.txt
)";

using boost::json::object;

struct Options {
    std::string account;
    std::string id;
    std::vector<std::string> tags;
    bool json{false};
};

std::string text(const object& answer, std::string_view name) {
    return std::string(answer.at(name).as_string());
}

Result<int> create(Client& client, const Options& options) {
    object request{{"CollectionId", options.id}};
    object tags;
    for (const std::string& tag : options.tags) {
        const auto equals = tag.find('=');
        if (equals == std::string::npos)
            return fail(ErrorCode::kInvalidParameter,
                        fmt::format("`{}` is no tag; write it as NAME=VALUE", tag));
        tags[tag.substr(0, equals)] = tag.substr(equals + 1);
    }
    if (!tags.empty()) request["Tags"] = std::move(tags);
    const auto answer = client.call("CreateCollection", request);
    if (!answer) return std::unexpected(answer.error());
    if (options.json)
        print_json(*answer);
    else
        fmt::print("{} (face model {})\n", text(*answer, "CollectionArn"), text(*answer, "FaceModelVersion"));
    return kDone;
}

Result<int> list(Client& client, const Options& options) {
    object request;
    object all{{"CollectionIds", boost::json::array{}}, {"FaceModelVersions", boost::json::array{}}};
    while (true) {
        const auto answer = client.call("ListCollections", request);
        if (!answer) return std::unexpected(answer.error());
        for (auto& [name, list] : all)
            for (const auto& one : answer->at(name).as_array()) list.as_array().push_back(one);
        const auto* next = answer->if_contains("NextToken");
        if (next == nullptr) break;
        request["NextToken"] = *next;
    }
    if (options.json)
        print_json(all);
    else
        for (const auto& id : all.at("CollectionIds").as_array())
            fmt::print("{}\n", std::string(id.as_string()));
    return kDone;
}

Result<int> describe(Client& client, const Options& options) {
    const auto answer = client.call("DescribeCollection", {{"CollectionId", options.id}});
    if (!answer) return std::unexpected(answer.error());
    if (options.json) {
        print_json(*answer);
        return kDone;
    }
    fmt::print("{}: {} faces, {} users, face model {}, made {:%F %T} UTC\n  {}\n", options.id,
               answer->at("FaceCount").to_number<std::int64_t>(),
               answer->at("UserCount").to_number<std::int64_t>(), text(*answer, "FaceModelVersion"),
               fmt::gmtime(static_cast<std::time_t>(answer->at("CreationTimestamp").to_number<double>())),
               text(*answer, "CollectionARN"));
    return kDone;
}

Result<int> remove(Client& client, const Options& options) {
    const auto answer = client.call("DeleteCollection", {{"CollectionId", options.id}});
    if (!answer) return std::unexpected(answer.error());
    if (options.json) print_json(*answer);
    return kDone;
}

using Action = Result<int> (*)(Client&, const Options&);

/// One of `visavis collections …`; `keeps`: whether it may make the data directory.
CLI::App* add_action(CLI::App& group, int& exit_code, const std::shared_ptr<Options>& options,
                     const char* name, const char* what, Action action, bool takes_id, bool keeps) {
    CLI::App* command = group.add_subcommand(name, what);
    const auto place = add_place_options(*command);
    add_account_option(*command, options->account);
    if (takes_id) command->add_option("id", options->id, "CollectionId")->required()->type_name("ID");
    command->add_flag("--json", options->json, "The operation's answer");
    command->callback([options, place, action, keeps, &exit_code] {
        const auto config = place->settings();
        if (!config) {
            exit_code = report(config.error());
            return;
        }
        const auto client = Client::open(*config, keeps, options->account);
        if (!client) {
            exit_code = report(client.error());
            return;
        }
        const auto done = action(**client, *options);
        exit_code = done ? *done : report(done.error());
    });
    return command;
}

}  // namespace

void add_collections(CLI::App& app, int& exit_code) {
    CLI::App* group =
        app.add_subcommand("collections", "Make, list, describe, delete, export and import collections");
    const auto options = std::make_shared<Options>();
    group->require_subcommand(1);
    group->footer(kExamples);
    add_action(*group, exit_code, options, "create", "Make a collection", create, true, true)
        ->add_option("--tag", options->tags, "NAME=VALUE; may be repeated")
        ->type_name("TAG");
    add_action(*group, exit_code, options, "list", "Names of all collections", list, false, false);
    add_action(*group, exit_code, options, "describe", "Faces, users and model of a collection", describe,
               true, false);
    add_action(*group, exit_code, options, "delete", "Delete a collection and everything in it", remove, true,
               false);
    add_archives(*group, exit_code);
}

}  // namespace visavis::app
