// Writes receipts from several threads until it is killed:
// `ledger_writer DIR WRITERS [COUNT [REPLAY_BYTES [PUBLISH_MILLISECONDS]]]`.
// Each line of its output is an acknowledgement, flushed at once: "<index> <id>". After COUNT of them it ends
// by itself.
#include <atomic>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

#include "base/clock.h"
#include "keys/seal.h"
#include "ledger/ledger.h"

namespace {

using namespace visavis;

ledger::Draft draft(std::size_t writer, std::uint64_t number) {
    ledger::Draft draft;
    draft.receipt.operation = "SearchFaces";
    draft.receipt.start = draft.receipt.end = SystemClock().now();
    draft.receipt.software = "test";
    draft.receipt.gallery_size = number;
    draft.receipt.threshold = "80.0000";
    draft.secrets = {{.field = "principal", .value = "writer-" + std::to_string(writer)},
                     {.field = "purpose", .value = "test"},
                     {.field = "probe-0", .value = std::to_string(number)}};
    draft.lists_candidates = true;
    for (std::uint64_t i = 0; i < number % 4; ++i)
        draft.candidates.push_back(
            {.id = std::to_string(i), .similarity = "99.0000", .subject = "c/" + std::to_string(i)});
    return draft;
}

std::uint64_t number_of(const char* text) {
    std::uint64_t value = 0;
    std::from_chars(text, text + std::strlen(text), value);
    return value;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    const std::string directory = argv[1];
    const std::uint64_t limit = argc > 3 ? number_of(argv[3]) : UINT64_MAX;
    // The same key at every start: openings of earlier rounds stay readable.
    const auto key = keys::SealKey::from_bytes(Bytes(keys::kSealKeyBytes, 7));
    ledger::LedgerOptions options;
    options.directory = directory + "/ledger";
    options.openings = directory + "/openings.db";
    options.origin = "example.org/kill-test";
    options.software = "test";
    options.publish_interval = std::chrono::milliseconds(argc > 5 ? number_of(argv[5]) : 50);
    if (argc > 4) options.replay_bytes = number_of(argv[4]);
    const auto opened = ledger::Ledger::open(std::move(options), *key);
    if (!opened) {
        (void)std::fprintf(stderr, "error: %s\n", opened.error().message.c_str());
        return 4;
    }
    std::atomic<std::uint64_t> next{0};
    std::atomic<bool> failed{false};
    {
        std::vector<std::jthread> writers;
        for (std::size_t writer = 0; writer < number_of(argv[2]); ++writer)
            writers.emplace_back([&, writer] {
                for (std::uint64_t number = next++; number < limit && !failed; number = next++) {
                    auto prepared = (*opened)->prepare(draft(writer, number));
                    const std::string id = prepared->id;
                    std::vector<ledger::Prepared> one;
                    one.push_back(std::move(*prepared));
                    const auto index = (*opened)->append(std::move(one));
                    if (!index) {
                        (void)std::fprintf(stderr, "error: %s\n", index.error().message.c_str());
                        failed = true;
                        return;
                    }
                    const std::string line = std::to_string(*index) + " " + id + "\n";
                    if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) std::abort();
                }
            });
    }
    return failed ? 4 : 0;
}
