// `visavis ledger subject`, `visavis ledger erase` and `visavis ledger rotate-key`.
#include <fmt/core.h>

#include "commands.h"
#include "ledger/receipt.h"
#include "ledger_commands.h"

namespace visavis::app {
namespace {

struct SubjectOptions {
    std::string key;
    std::string data;
    bool json{};
};

struct EraseOptions {
    std::string collection;
    std::vector<std::string> ids;
    std::string data;
    bool json{};
};

struct RotateOptions {
    std::string data;
    bool json{};
};

int subject(const SubjectOptions& options) {
    const auto slash = options.key.find('/');
    if (slash == std::string::npos)
        return report({ErrorCode::kInvalidParameter,
                       fmt::format("`{}` is not of the form COLLECTION/FACE-OR-USER-ID", options.key)});
    const auto answer = ask(
        options.data, "GET",
        fmt::format("/v1/subjects/{}/{}", options.key.substr(0, slash), options.key.substr(slash + 1)), "");
    if (!answer) return report(answer.error());
    const auto& receipts = answer->at("receipts").as_array();
    if (options.json) {
        print_json(*answer);
    } else {
        for (const auto& item : receipts) {
            const auto& record = item.at("record").as_object();
            fmt::print("{:>8}  {}  {}\n", item.at("index").to_number<std::uint64_t>(),
                       std::string_view(record.at("start").as_string()),
                       std::string_view(record.at("operation").as_string()));
        }
        fmt::print("{} receipts concern {}\n", receipts.size(), options.key);
    }
    return receipts.empty() ? kNo : kDone;
}

int erase(const EraseOptions& options) {
    const boost::json::object body{{"collection", options.collection},
                                   {"ids", boost::json::value_from(options.ids)}};
    const auto answer = ask(options.data, "POST", "/v1/subjects/erase", boost::json::serialize(body));
    if (!answer) return report(answer.error());
    if (options.json)
        print_json(*answer);
    else
        fmt::print("{} openings of {} receipts are erased; the log's proofs stand\n",
                   answer->at("openings").to_number<std::uint64_t>(),
                   answer->at("receipts").to_number<std::uint64_t>());
    return kDone;
}

int rotate(const RotateOptions& options) {
    const auto answer = ask(options.data, "POST", "/v1/ledger/rotate-key", "{}");
    if (!answer) return report(answer.error());
    if (options.json)
        print_json(*answer);
    else
        fmt::print("receipt {} hands over to\n{}\n", answer->at("receipt").to_number<std::uint64_t>(),
                   std::string_view(answer->at("key").as_string()));
    return kDone;
}

}  // namespace

void add_ledger_subject(CLI::App& ledger, int& exit_code) {
    CLI::App* command = ledger.add_subcommand("subject", "Which receipts concern a person (subject access)");
    const auto options = std::make_shared<SubjectOptions>();
    command->add_option("--key", options->key, "The person: collection and FaceId or UserId")
        ->required()
        ->type_name("COLLECTION/ID");
    command->add_option("--data", options->data, "Data directory")->type_name("DIR");
    command->add_flag("--json", options->json, "Machine-readable");
    command->footer(
        "\nExamples:\n  visavis ledger subject --key staff/0e7f1c7a-7a35-4f0c-9a5f-3c1df8b6a1d2 --data "
        "data\n\n"
        "Shows records only: nobody else is revealed. Exit codes: 0 some, 1 none.");
    command->callback([options, &exit_code] { exit_code = subject(*options); });
}

void add_ledger_erase(CLI::App& ledger, int& exit_code) {
    CLI::App* command = ledger.add_subcommand("erase", "Erase a person from the ledger (GDPR 17)");
    const auto options = std::make_shared<EraseOptions>();
    command->add_option("collection", options->collection, "CollectionId")->required();
    command->add_option("ids", options->ids, "FaceIds and UserIds of the person")->required();
    command->add_option("--data", options->data, "Data directory")->type_name("DIR");
    command->add_flag("--json", options->json, "Machine-readable");
    command->footer(
        "\nExamples:\n  visavis ledger erase staff 0e7f1c7a-7a35-4f0c-9a5f-3c1df8b6a1d2 --data data\n\n"
        "What receipts committed to about these ids can never be opened again. DeleteFaces alone keeps it.");
    command->callback([options, &exit_code] { exit_code = erase(*options); });
}

void add_ledger_rotate_key(CLI::App& ledger, int& exit_code) {
    CLI::App* command = ledger.add_subcommand("rotate-key", "Hand the log over to a new signing key");
    const auto options = std::make_shared<RotateOptions>();
    command->add_option("--data", options->data, "Data directory")->type_name("DIR");
    command->add_flag("--json", options->json, "Machine-readable");
    command->footer(
        "\nExamples:\n  visavis ledger rotate-key --data data\n\nWhoever trusts the old key can follow: the "
        "old key "
        "signs the hand-over.");
    command->callback([options, &exit_code] { exit_code = rotate(*options); });
}

}  // namespace visavis::app
