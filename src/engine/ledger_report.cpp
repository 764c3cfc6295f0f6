#include "engine/ledger_report.h"

#include <algorithm>

#include <fmt/format.h>

#include "ledger/tiles.h"

namespace visavis::engine {
namespace {

std::string size_class(std::uint64_t size) {
    std::uint64_t low = 1;
    while (size >= low * 10) low *= 10;
    if (low < 100) return size == 0 ? "0" : "1-99";
    return fmt::format("{}-{}", low, low * 10 - 1);
}

std::string purpose_of(ledger::Ledger& ledger, std::uint64_t index, const ledger::Receipt& receipt) {
    if (!receipt.commitments.contains("purpose")) return "(none)";
    const auto openings = ledger.openings(index);
    if (!openings) return "(erased)";
    const auto found = std::ranges::find(openings->fields, "purpose", &ledger::Opening::field);
    return found == openings->fields.end() || found->erased() ? "(erased)" : found->value;
}

void count(PurposeCount& into, const ledger::Receipt& receipt) {
    switch (receipt.outcome) {
        case ledger::Outcome::kAnswered:
            ++into.answered;
            break;
        case ledger::Outcome::kRefused:
            ++into.refused;
            break;
        case ledger::Outcome::kFailed:
            ++into.failed;
            break;
    }
    if (!receipt.candidates) return;
    ++into.searches;
    ++(receipt.candidates->count > 0 ? into.with_match : into.without_match);
}

Result<LedgerReport> count_all(ledger::Ledger& ledger, TimePoint from, TimePoint to) {
    if (auto done = ledger.log().publish(); !done) return std::unexpected(done.error());
    LedgerReport report{.from = from,
                        .to = to,
                        .by_purpose = {},
                        .by_operation = {},
                        .by_gallery_size = {},
                        .checkpoint = ledger.log().checkpoint().checkpoint};
    for (std::uint64_t index = 0; index < report.checkpoint.size;) {
        const auto entries = ledger.log().bundle(index / ledger::kTileWidth);
        if (!entries) return std::unexpected(entries.error());
        for (const Bytes& entry : *entries) {
            if (index == report.checkpoint.size) break;
            const auto receipt = ledger::parse_receipt(entry);
            if (!receipt) return fail(ErrorCode::kInternal, receipt.error().message);
            const std::uint64_t here = index++;
            if (receipt->start < from || receipt->start >= to) continue;
            ++report.receipts;
            count(report.by_operation[receipt->operation], *receipt);
            count(report.by_purpose[purpose_of(ledger, here, *receipt)], *receipt);
            if (receipt->candidates && receipt->gallery_size)
                ++report.by_gallery_size[size_class(*receipt->gallery_size)];
            if (receipt->verification) {
                ++report.verified;
                report.confirmed += receipt->verification->confirmed ? 1U : 0U;
            }
        }
    }
    return report;
}

}  // namespace

Result<LedgerReport> ledger_report(Engine& engine, Call& call, ledger::Ledger& ledger, TimePoint from,
                                   TimePoint to) {
    return governed<LedgerReport>(engine, call, {.operation = "Audit"},
                                  [&](Record& /*record*/) { return count_all(ledger, from, to); });
}

}  // namespace visavis::engine
