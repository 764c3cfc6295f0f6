// `visavis handover`: a search's result is given to a recipient (docs/policy.md).
#include <fmt/core.h>

#include "base/file.h"
#include "commands.h"
#include "governance_client.h"

namespace visavis::app {
namespace {

namespace json = boost::json;

constexpr const char* kExamples = R"(
Examples:
  visavis handover 4711 --recipient hotline --candidates 0 --out result.json
  visavis handover 4711 --recipient hotline          # all candidates, to standard output

4711 is the receipt of the search (header x-visavis-receipt). It is a decision of the policy: the collection must name
the recipient (tag visavis:recipients), and a profile may want others to have confirmed the candidates first. What is
written opens the search's receipt: the recipient checks it against the log.
)";

struct Options {
    std::shared_ptr<PlaceOptions> place;
    std::uint64_t receipt{};
    std::string recipient;
    std::vector<std::uint64_t> candidates;
    std::string out;
};

int hand_over(const Options& options) {
    json::object body{{"recipient", options.recipient}};
    if (!options.candidates.empty())
        body["candidates"] = json::array(options.candidates.begin(), options.candidates.end());
    const auto answer =
        ask_server(*options.place, "POST", fmt::format("/v1/receipts/{}/handovers", options.receipt), body);
    if (!answer) return report(answer.error());
    const std::string text = json::serialize(*answer) + "\n";
    if (options.out.empty()) {
        fmt::print("{}", text);
        return kDone;
    }
    if (auto written = replace_file(options.out, as_bytes(text)); !written) return report(written.error());
    fmt::print("{} candidates for {}, in {}; receipt {}\n", answer->at("candidates").as_array().size(),
               options.recipient, options.out, answer->at("Receipt").at("Index").to_number<std::uint64_t>());
    return kDone;
}

}  // namespace

void add_handover(CLI::App& app, int& exit_code) {
    CLI::App* command = app.add_subcommand("handover", "Give a search's result to a recipient");
    const auto options = std::make_shared<Options>();
    options->place = add_place_options(*command);
    command->add_option("receipt", options->receipt, "Receipt of the search")->required();
    command->add_option("--recipient", options->recipient, "To whom; one that the collection names")
        ->required();
    command->add_option("--candidates", options->candidates, "Positions in its answer, from 0 (default: all)")
        ->delimiter(',');
    command->add_option("--out", options->out, "File for it (0600); default: standard output")
        ->type_name("FILE");
    command->footer(kExamples);
    command->callback([options, &exit_code] { exit_code = hand_over(*options); });
}

}  // namespace visavis::app
